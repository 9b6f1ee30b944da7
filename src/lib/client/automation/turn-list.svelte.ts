import type { Page } from '#lib/contract/common.ts';
import type { SiteTurns, Turn } from '#lib/contract/turn.ts';
import { automationApi } from './automation-api.ts';
import { viewQuery, type AutomationView } from './automation-filter.ts';
import type { Fact } from '#lib/client/live/facts.ts';
import { joined } from '#lib/client/live/joined.ts';
import { LiveNumbers } from '#lib/client/statistics/live-numbers.svelte.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';

const EVERY_MS = 3_000;

interface Shown {
	page: Page<Turn>;
	bySite: SiteTurns[];
}

/** AI turns of one view; read again, at most every few seconds, when the AI has said something. */
export class TurnList {
	readonly #view: AutomationView;
	readonly #newest: LiveNumbers<Shown>;
	/** What was fetched after the first page. */
	#later = $state.raw<{ items: Turn[]; cursor: string | null }>();

	constructor(live: LiveSocket, view: AutomationView, shown: Shown) {
		this.#view = view;
		const source = {
			fetch: () => this.#fetch(),
			isConcerned: ({ name, payload }: Fact) =>
				name === 'message.created' && payload.message.sender === 'ai',
			everyMs: () => EVERY_MS,
		};
		this.#newest = new LiveNumbers(live, source, shown);
	}

	follow = (): (() => void) => this.#newest.follow();

	get items(): readonly Turn[] {
		return joined(this.#newest.value?.page.items ?? [], this.#later?.items ?? []);
	}

	get bySite(): readonly SiteTurns[] {
		return this.#newest.value?.bySite ?? [];
	}

	get cursor(): string | null {
		return this.#later ? this.#later.cursor : (this.#newest.value?.page.next_cursor ?? null);
	}

	async more(cursor: string): Promise<void> {
		const page = await automationApi.listTurns({ ...viewQuery(this.#view, new Date()), cursor });
		// All that is shown is kept: what is read anew is only the beginning.
		this.#later = { items: [...this.items, ...page.items], cursor: page.next_cursor };
	}

	async #fetch(): Promise<Shown> {
		const [page, { items: bySite }] = await Promise.all([
			automationApi.listTurns(viewQuery(this.#view, new Date())),
			automationApi.listSiteTurns(),
		]);
		return { page, bySite };
	}
}
