import { beforeNavigate } from '$app/navigation';

/** Asks before unsaved changes are lost by leaving the page. Call it while a component initializes. */
export function guardChanges(isDirty: () => boolean): void {
	beforeNavigate((navigation) => {
		if (!isDirty()) return;
		// When the page unloads, the browser shows its own dialog.
		if (navigation.willUnload) navigation.cancel();
		else if (!confirm('Leave without saving? Your changes will be lost.')) navigation.cancel();
	});
}
