import { invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';

/** Loads the page's data again, after a navigation in progress: `invalidateAll` would cancel it. */
export async function refreshPage(): Promise<void> {
	// A navigation that was canceled rejects.
	await navigating.complete?.catch(() => {});
	await invalidateAll();
}
