import { toast } from 'svelte-sonner';

/** How long an act can be taken back. */
const UNDO_MS = 10_000;

/** Says what was done, with the way back. */
export function undoToast(text: string, undo: () => Promise<void> | void): void {
	toast(text, {
		duration: UNDO_MS,
		action: { label: 'Undo', onClick: () => void undo() },
	});
}
