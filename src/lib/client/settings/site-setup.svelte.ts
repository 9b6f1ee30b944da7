import { createContext } from 'svelte';
import { toast } from 'svelte-sonner';
import { refreshPage } from '#lib/client/page/refresh.ts';
import { api, call, sentenceOf } from '#lib/client/api/call.ts';
import { SETUP_STEPS, type SetupStep, type SiteSettings } from '#lib/contract/site-settings.ts';

export const SETUP_LABELS: Record<SetupStep, string> = {
	look: 'Appearance',
	questions: 'Questions',
	ai: 'AI',
	embed: 'Embed',
};

/** The guided setup of the open site. */
export class SiteSetup {
	readonly #site: () => SiteSettings;
	readonly #page: () => string;

	/** `page` is the name of the open settings page. */
	constructor(site: () => SiteSettings, page: () => string) {
		this.#site = site;
		this.#page = page;
	}

	get isActive(): boolean {
		return this.#done !== null;
	}

	get doneCount(): number {
		return this.#done?.length ?? 0;
	}

	isDone(step: SetupStep): boolean {
		return this.#done?.includes(step) ?? false;
	}

	/** The step of the open page; undefined on other pages and once the setup has ended. */
	get current(): SetupStep | undefined {
		return this.isActive ? SETUP_STEPS.find((step) => step === this.#page()) : undefined;
	}

	/** The first open step after the current one, else before it; undefined if the others are done. */
	get next(): SetupStep | undefined {
		const at = this.current ? SETUP_STEPS.indexOf(this.current) : -1;
		const others = [...SETUP_STEPS.slice(at + 1), ...SETUP_STEPS.slice(0, Math.max(0, at))];
		return others.find((step) => !this.isDone(step));
	}

	href(step: SetupStep): string {
		return `/settings/sites/${this.#site().key}/${step}`;
	}

	/** Marks a step as done. */
	async complete(step: SetupStep): Promise<void> {
		if (this.#done && !this.isDone(step)) await this.#store([...this.#done, step]);
	}

	/** Ends the setup. */
	async end(): Promise<void> {
		const before = this.#done;
		if (!(await this.#store(null))) return;
		const isComplete = before?.length === SETUP_STEPS.length;
		toast(isComplete ? 'Setup complete' : 'Setup hidden', {
			action: { label: 'Undo', onClick: () => void this.#store(before) },
		});
	}

	get #done(): SetupStep[] | null {
		return this.#site().setup_steps;
	}

	async #store(setup_steps: SetupStep[] | null): Promise<boolean> {
		try {
			const { key } = this.#site();
			await call(api.sites[':key'].$patch({ param: { key }, json: { setup_steps } }));
			await refreshPage();
			return true;
		} catch (fault) {
			toast.error(sentenceOf(fault));
			return false;
		}
	}
}

export const [getSiteSetup, setSiteSetup] = createContext<SiteSetup>();
