import { createContext } from 'svelte';
import { toast } from 'svelte-sonner';
import { refreshPage } from '#lib/client/page/refresh.ts';
import { api, call, formatError } from '#lib/client/api/call.ts';
import { SETUP_STEPS, type SetupStep, type SiteSettings } from '#lib/contract/site-settings.ts';

export const SETUP_LABELS: Record<SetupStep, string> = {
	look: 'Appearance',
	questions: 'Questions',
	ai: 'AI',
	embed: 'Embed',
};

/** The setup guide of the open site. */
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

	/** The step of the open page; undefined on other pages and after the setup has ended. */
	get current(): SetupStep | undefined {
		return this.isActive ? SETUP_STEPS.find((step) => step === this.#page()) : undefined;
	}

	/** The next incomplete step, wrapping around; undefined on the last step, or if all others are done. */
	get next(): SetupStep | undefined {
		const index = this.current ? SETUP_STEPS.indexOf(this.current) : -1;
		if (index === SETUP_STEPS.length - 1) return undefined;
		const others = [...SETUP_STEPS.slice(index + 1), ...SETUP_STEPS.slice(0, Math.max(0, index))];
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
		const previous = this.#done;
		if (!(await this.#store(null))) return;
		const isComplete = previous?.length === SETUP_STEPS.length;
		toast(isComplete ? 'Setup complete' : 'Setup hidden', {
			action: { label: 'Undo', onClick: () => void this.#store(previous) },
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
		} catch (error) {
			toast.error(formatError(error));
			return false;
		}
	}
}

export const [getSiteSetup, setSiteSetup] = createContext<SiteSetup>();
