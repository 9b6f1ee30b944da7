import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { chatApi } from './chat-api.ts';
import type { Fact } from '#lib/client/live/facts.ts';

/** What happens together is read together. */
const SETTLE_MS = 300;

const TELLING = new Set<Fact['name']>([
	'session.updated',
	'session.completed',
	'lead.updated',
	'note.created',
	'note.updated',
	'note.deleted',
]);

/** Who did what with one chat session, newest first; read again when something was done. */
export class ChatActivity {
	entries = $state.raw<readonly AuditEntry[]>([]);
	readonly #id: string;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(id: string, entries: readonly AuditEntry[]) {
		this.#id = id;
		this.entries = entries;
	}

	apply(fact: Fact): void {
		if (!TELLING.has(fact.name) || sessionOf(fact) !== this.#id) return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.refresh(), SETTLE_MS);
	}

	/** What cannot be read now is read with the next fact, or with the next connection. */
	async refresh(): Promise<void> {
		const page = await chatApi.listActivity(this.#id).catch(() => undefined);
		if (page) this.entries = page.items;
	}

	stop(): void {
		clearTimeout(this.#timer);
	}
}

function sessionOf({ payload }: Fact): string | undefined {
	if ('session' in payload) return payload.session.session_id;
	return 'session_id' in payload ? payload.session_id : undefined;
}
