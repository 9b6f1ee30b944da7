import type { SubmitFunction } from '@sveltejs/kit';
import { toast } from 'svelte-sonner';
import { invalidateAll } from '$app/navigation';

/** Returns a submit function for `use:enhance` that shows the result in a toast and reloads the page's data. */
export const submitWithToast =
	(onBusy: (isBusy: boolean) => void, onDone?: () => void): SubmitFunction =>
	() => {
		onBusy(true);
		return async ({ result }) => {
			onBusy(false);
			if (result.type === 'success') {
				toast(String(result.data?.['message']));
				onDone?.();
			} else if (result.type === 'failure') toast.error(String(result.data?.['message']));
			else toast.error('Something went wrong. Try again in a moment.');
			await invalidateAll();
		};
	};
