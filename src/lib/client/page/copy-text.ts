import { toast } from 'svelte-sonner';

/** Copies text to the clipboard. Shows an error if the browser blocks it. Returns whether it was copied. */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		toast.error('Your browser blocked copying. Select the text and copy it manually.');
		return false;
	}
}
