import { tick } from 'svelte';
import type { ActionResult, SubmitFunction } from '@sveltejs/kit';
import { applyAction, enhance } from '$app/forms';
import { invalidateAll } from '$app/navigation';
import { page } from '$app/state';
import type { Form } from '#lib/contract/problem.ts';
import { guardChanges } from './leave-guard.svelte.ts';

interface Options {
	/** Called with the action's data when it succeeds and returns no message. */
	onSuccess?: (data: Record<string, unknown>) => void;
	/** Resets the form after success. */
	resets?: boolean;
	/** Reloads the page's data after success; on by default. */
	refreshes?: boolean;
	/** Asks for confirmation before unsaved changes are lost by leaving the page. */
	guardsChanges?: boolean;
}

/**
 * A form with a SvelteKit action: its values, its errors and its submission. Also works without JavaScript: the server then renders the page
 * with the form that the action returned. Usage: `<form method="POST" {@attach form.enhance}>`.
 */
export class FormState<Values extends object> {
	values = $state({} as Values);
	errors = $state<Form<Values>['errors']>({});
	message = $state<string>();
	isSubmitting = $state(false);
	#options: Options;
	#saved: Values;

	constructor(initial: Form<Values>, options: Options = {}) {
		// Set only when the server rendered the page after an action.
		const returned = (page.form as { form?: Form<Values> } | null)?.form;
		const { values, errors, message } =
			returned?.id === initial.id && returned ? returned : initial;
		this.values = { ...values };
		this.errors = errors;
		this.message = message;
		this.#saved = { ...initial.values };
		this.#options = options;
		if (options.guardsChanges) guardChanges(() => this.#isDirty && !this.isSubmitting);
	}

	enhance = (node: HTMLFormElement) => enhance(node, this.#submit).destroy;

	#submit: SubmitFunction = ({ formElement, cancel }) => {
		if (this.isSubmitting) return cancel();
		this.isSubmitting = true;
		this.message = undefined;
		return async ({ result }) => {
			try {
				await this.#apply(result);
			} finally {
				this.isSubmitting = false;
			}
			await tick();
			formElement.querySelector<HTMLElement>('[aria-invalid]')?.focus();
		};
	};

	async #apply(result: ActionResult): Promise<void> {
		if (result.type === 'redirect') return applyAction(result);
		if (result.type === 'error') {
			this.message = describeFormError(result.error as Error);
			return;
		}
		const { form } = (result.data ?? {}) as { form?: Form<Values> };
		this.errors = form?.errors ?? {};
		this.message = form?.message;
		if (result.type === 'failure') return;
		if (this.#options.resets) this.values = { ...this.#saved };
		else this.#saved = { ...this.values };
		if (this.#options.refreshes ?? true) await invalidateAll();
		if (!this.message) this.#options.onSuccess?.(result.data ?? {});
	}

	get #isDirty(): boolean {
		return JSON.stringify(this.values) !== JSON.stringify(this.#saved);
	}
}

/** Returns a message that explains why the submission failed; fetch throws a TypeError when the server is unreachable. */
function describeFormError(error: Error): string {
	return error instanceof TypeError ? 'Couldn’t reach the server. Try again.' : error.message;
}
