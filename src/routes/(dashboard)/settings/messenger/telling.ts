import type { SubmitFunction } from '@sveltejs/kit';
import { toast } from 'svelte-sonner';
import { invalidateAll } from '$app/navigation';

/** Sends a form, says in a toast what came of it, and shows the page anew. */
export const telling =
	(onBusy: (isBusy: boolean) => void, onDone?: () => void): SubmitFunction =>
	() => {
		onBusy(true);
		return async ({ result }) => {
			onBusy(false);
			if (result.type === 'success') {
				toast(String(result.data?.['message']));
				onDone?.();
			} else if (result.type === 'failure') toast.error(String(result.data?.['message']));
			else toast.error('That did not work. Try again in a moment.');
			await invalidateAll();
		};
	};
