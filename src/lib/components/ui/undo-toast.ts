import { toast } from 'svelte-sonner';
import { SvelteSet } from 'svelte/reactivity';
import { formatError } from '#lib/client/api/call.ts';

/** The time in which an action can be undone, in ms. */
const UNDO_MS = 10_000;

/** Shows a toast with an undo button, for an action that `undo` reverses. */
export function undoToast(text: string, undo: () => Promise<void> | void): void {
	toast(text, {
		duration: UNDO_MS,
		action: { label: 'Undo', onClick: () => void undo() },
	});
}

/** Keys of the things that are deleted unless the person undoes it. */
const hidden = new SvelteSet<string>();
/** Deletions that have not started. */
const waiting = new Map<string, () => void>();

/** Returns whether a list leaves this out because its deletion waits for the undo toast. */
export const isHidden = (key: string): boolean => hidden.has(key);

/**
 * Hides something at once and deletes it when its undo toast closes, or when the page is hidden or left. For deletions that
 * nothing could reverse exactly. The request of `remove` needs `keepalive`, so that it outlives the page.
 */
export function deleteWithUndo(key: string, text: string, remove: () => Promise<unknown>): void {
	const start = async () => {
		if (!settle(key)) return;
		try {
			await remove();
		} catch (error) {
			toast.error(formatError(error));
		} finally {
			hidden.delete(key);
		}
	};
	hidden.add(key);
	const id = toast(text, {
		duration: UNDO_MS,
		action: {
			label: 'Undo',
			onClick: () => {
				if (settle(key)) hidden.delete(key);
			},
		},
		onAutoClose: () => void start(),
		onDismiss: () => void start(),
	});
	waiting.set(key, () => {
		void start();
		toast.dismiss(id);
	});
	if (waiting.size === 1) followPage('addEventListener');
}

/** Returns whether the deletion still waited, which it no longer does. */
function settle(key: string): boolean {
	const hasWaited = waiting.delete(key);
	if (waiting.size === 0) followPage('removeEventListener');
	return hasWaited;
}

/** Browsers on phones send only some of these events. */
function followPage(method: 'addEventListener' | 'removeEventListener'): void {
	window[method]('beforeunload', startAll);
	window[method]('pagehide', startAll);
	document[method]('visibilitychange', startIfHidden);
}

function startAll(): void {
	for (const start of [...waiting.values()]) start();
}

function startIfHidden(): void {
	if (document.visibilityState === 'hidden') startAll();
}
