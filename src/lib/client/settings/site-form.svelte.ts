import { tick, untrack } from 'svelte';
import { toast } from 'svelte-sonner';
import { refreshPage } from '#lib/client/page/refresh.ts';
import { siteUpdate, type SiteSettings, type SiteUpdate } from '#lib/contract/site-settings.ts';
import {
	api,
	ApiError,
	call,
	findFieldError,
	formatError,
	toSentence,
} from '#lib/client/api/call.ts';

interface FormMapping<T> {
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
	#saved: string;
	readonly #key: string;
	readonly #mapping: FormMapping<T>;

	constructor(site: SiteSettings, mapping: FormMapping<T>) {
		const values = $state(mapping.read(site));
		this.values = values;
		this.#saved = $state(toCanonicalJson(mapping.read(site)));
		this.#key = site.key;
		this.#mapping = mapping;
	}

	get isDirty(): boolean {
		return toCanonicalJson(this.values) !== this.#saved;
	}

	/** Returns the error of a field or of a value nested in it. */
	error(path: string): string | undefined {
		const message = findFieldError(this.#errors, path);
		return message && toSentence(message);
	}

	/** Returns the error of a field with one entry per line, prefixed with the line number. */
	lineError(path: string): string | undefined {
		const match = Object.entries(this.#errors).find(([field]) => field.startsWith(`${path}.`));
		if (!match) return this.error(path);
		return `Line ${Number(match[0].split('.').at(-1)) + 1}: ${toSentence(match[1])}`;
	}

	/** Loads changes made elsewhere, unless this form has unsaved ones. */
	follow(site: SiteSettings): void {
		// Untracked, so that only new settings trigger this, not typing.
		untrack(() => {
			if (!this.isDirty) this.#load(site);
		});
	}

	discard(): void {
		Object.assign(this.values, JSON.parse(this.#saved) as T);
		this.#errors = {};
		this.message = undefined;
	}

	save = async (event: SubmitEvent): Promise<void> => {
		event.preventDefault();
		const form = event.currentTarget;
		if (this.isBusy) return;
		this.#errors = {};
		this.message = undefined;
		const update = this.#mapping.write(this.values);
		const parsed = siteUpdate.safeParse(update);
		if (!parsed.success) {
			const { issues } = parsed.error;
			return this.#showErrors(
				form,
				issues.map((i) => ({ path: i.path.join('.'), message: i.message })),
			);
		}
		this.isBusy = true;
		try {
			this.#load(await call(api.sites[':key'].$patch({ param: { key: this.#key }, json: update })));
			toast('Changes saved');
			await refreshPage();
		} catch (error) {
			const errors = error instanceof ApiError ? error.errors : [];
			await this.#showErrors(form, errors, errors.length === 0 ? formatError(error) : undefined);
		} finally {
			this.isBusy = false;
		}
	};

	#load(site: SiteSettings): void {
		const values = this.#mapping.read(site);
		Object.assign(this.values, values);
		this.#saved = toCanonicalJson(values);
	}

	async #showErrors(
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
		// An error in a field that is not on this page is shown as the form's message.
		const [first] = errors;
		this.message ??= first && toSentence(`${first.path}: ${first.message}`);
	}
}

/** Serializes with sorted keys, since the server does not preserve their order. */
const toCanonicalJson = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		inner !== null && typeof inner === 'object' && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);

/** Splits a text into trimmed lines, without blank ones. */
export const splitLines = (text: string): string[] =>
	text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');

/** Returns the text, or null if it is blank. */
export const emptyToNull = (text: string): string | null => (text.trim() === '' ? null : text);
