import { tick, untrack } from 'svelte';
import { toast } from 'svelte-sonner';
import { refreshPage } from '#lib/client/page/refresh.ts';
import { siteUpdate, type SiteSettings, type SiteUpdate } from '#lib/contract/site-settings.ts';
import { api, ApiError, asSentence, call, sentenceOf } from '#lib/client/api/call.ts';

interface Shape<T> {
	/** Converts stored settings to form values. */
	read: (site: SiteSettings) => T;
	/** Converts form values to an update. */
	write: (values: T) => SiteUpdate;
}

/** The form of one site settings page: values, errors, and saving. */
export class SiteForm<T extends object> {
	values: T;
	message = $state<string>();
	isBusy = $state(false);
	#errors = $state<Record<string, string>>({});
	#kept: string;
	readonly #key: string;
	readonly #shape: Shape<T>;

	constructor(site: SiteSettings, shape: Shape<T>) {
		const values = $state(shape.read(site));
		this.values = values;
		this.#kept = $state(canonical(shape.read(site)));
		this.#key = site.key;
		this.#shape = shape;
	}

	get isDirty(): boolean {
		return canonical(this.values) !== this.#kept;
	}

	/** Returns the error of a field or of a value inside it. */
	error(path: string): string | undefined {
		const found = Object.entries(this.#errors).find(
			([at]) => at === path || at.startsWith(`${path}.`),
		);
		return found && asSentence(found[1]);
	}

	/** The same for a field with one entry per line: names the line. */
	lineError(path: string): string | undefined {
		const found = Object.entries(this.#errors).find(([at]) => at.startsWith(`${path}.`));
		if (!found) return this.error(path);
		return `Line ${Number(found[0].split('.').at(-1)) + 1}: ${asSentence(found[1])}`;
	}

	/** Takes changes made elsewhere, unless this form has unsaved ones. */
	follow(site: SiteSettings): void {
		// Only the stored settings are tracked, not what is typed.
		untrack(() => {
			if (!this.isDirty) this.#take(site);
		});
	}

	discard(): void {
		Object.assign(this.values, JSON.parse(this.#kept) as T);
		this.#errors = {};
		this.message = undefined;
	}

	save = async (event: SubmitEvent): Promise<void> => {
		event.preventDefault();
		const form = event.currentTarget;
		if (this.isBusy) return;
		this.#errors = {};
		this.message = undefined;
		const update = this.#shape.write(this.values);
		const parsed = siteUpdate.safeParse(update);
		if (!parsed.success) {
			const { issues } = parsed.error;
			return this.#refuse(
				form,
				issues.map((i) => ({ path: i.path.join('.'), message: i.message })),
			);
		}
		this.isBusy = true;
		try {
			this.#take(await call(api.sites[':key'].$patch({ param: { key: this.#key }, json: update })));
			toast('Changes saved');
			await refreshPage();
		} catch (fault) {
			const errors = fault instanceof ApiError ? fault.errors : [];
			await this.#refuse(form, errors, errors.length === 0 ? sentenceOf(fault) : undefined);
		} finally {
			this.isBusy = false;
		}
	};

	#take(site: SiteSettings): void {
		const values = this.#shape.read(site);
		Object.assign(this.values, values);
		this.#kept = canonical(values);
	}

	async #refuse(
		form: EventTarget | null,
		errors: readonly { path: string; message: string }[],
		message?: string,
	): Promise<void> {
		this.#errors = Object.fromEntries(errors.map((error) => [error.path, error.message]));
		this.message = message;
		await tick();
		if (!(form instanceof HTMLElement)) return;
		const field = form.querySelector<HTMLElement>('[aria-invalid]');
		if (field) return field.focus();
		// An error in a field that this page does not show is shown for the whole form.
		const [first] = errors;
		this.message ??= first && asSentence(`${first.path}: ${first.message}`);
	}
}

/** Returns the same JSON regardless of the order of keys, which the server does not preserve. */
const canonical = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		inner !== null && typeof inner === 'object' && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);

/** Splits a text into entries, one per line. */
export const linesOf = (text: string): string[] =>
	text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');

/** Returns null for a blank field. */
export const orNull = (text: string): string | null => (text.trim() === '' ? null : text);
