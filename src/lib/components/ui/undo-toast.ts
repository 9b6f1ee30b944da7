import { toast } from 'svelte-sonner';
import { SvelteSet } from 'svelte/reactivity';
import { formatError } from '#lib/client/api/call.ts';

/** The time in which an action can be undone, in ms. */
const UNDO_MS = 10_000;

/** Shows a toast with an undo button, for an action that `undo` reverses. */
export function showUndoToast(text: string, undo: () => Promise<void> | void): void {
	toast(text, {
		duration: UNDO_MS,
		action: { label: 'Undo', onClick: () => void undo() },
	});
}

/** Keys of the items that will be deleted unless the user undoes it. */
const hiddenKeys = new SvelteSet<string>();
/** Functions that start the deletions that have not started yet, by key. */
const pendingDeletions = new Map<string, () => void>();

/** Returns whether lists leave out an item because its deletion is waiting for the undo toast to close. */
export const isHidden = (key: string): boolean => hiddenKeys.has(key);

/**
 * Hides an item immediately, and deletes it when the undo toast closes or the page is hidden or left. For deletions that can't
 * be reversed exactly. The request of `remove` needs `keepalive` to outlive the page.
 */
export function deleteWithUndo(key: string, text: string, remove: () => Promise<unknown>): void {
	const start = async () => {
		if (!settle(key)) return;
		try {
			await remove();
		} catch (error) {
			toast.error(formatError(error));
		} finally {
			hiddenKeys.delete(key);
		}
	};
	hiddenKeys.add(key);
	const id = toast(text, {
		duration: UNDO_MS,
		action: {
			label: 'Undo',
			onClick: () => {
				if (settle(key)) hiddenKeys.delete(key);
			},
		},
		onAutoClose: () => void start(),
		onDismiss: () => void start(),
	});
	pendingDeletions.set(key, () => {
		void start();
		toast.dismiss(id);
	});
	if (pendingDeletions.size === 1) togglePageListeners('addEventListener');
}

/** Removes a pending deletion. Returns false if it has already started or been undone. */
function settle(key: string): boolean {
	const wasPending = pendingDeletions.delete(key);
	if (pendingDeletions.size === 0) togglePageListeners('removeEventListener');
	return wasPending;
}

/** Adds or removes the listeners that notice when the page is left. Mobile browsers send only some of these events. */
function togglePageListeners(method: 'addEventListener' | 'removeEventListener'): void {
	window[method]('beforeunload', startAll);
	window[method]('pagehide', startAll);
	document[method]('visibilitychange', startIfHidden);
}

function startAll(): void {
	for (const start of [...pendingDeletions.values()]) start();
}

function startIfHidden(): void {
	if (document.visibilityState === 'hidden') startAll();
}
