import { toast } from 'svelte-sonner';

/** How long an action can be undone. */
const UNDO_MS = 10_000;

/** Shows a toast with an undo button. */
export function undoToast(text: string, undo: () => Promise<void> | void): void {
	toast(text, {
		duration: UNDO_MS,
		action: { label: 'Undo', onClick: () => void undo() },
	});
}
