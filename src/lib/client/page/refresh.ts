import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';

/** Reloads the page's data. Waits for a navigation in progress, which `invalidateAll` would cancel. */
export async function refreshPage(): Promise<void> {
	// `complete` rejects if the navigation is canceled.
	await navigating.complete?.catch(() => {});
	await invalidateAll();
}
