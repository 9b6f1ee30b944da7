import { toast } from 'svelte-sonner';

/** Copies text to the clipboard. Shows an error if the browser blocks it. Returns whether it was copied. */
export async function copyText(
	text: string,
	failure = 'Your browser blocked copying. Select the text and copy it manually.',
): Promise<boolean> {
	const isCopied = await navigator.clipboard
		?.writeText(text)
		.then(() => true)
		.catch(() => false);
	if (isCopied || copySelection(text)) return true;
	toast.error(failure);
	return false;
}

/** Copies with the deprecated `execCommand`, which also works over HTTP, where `navigator.clipboard` is missing. */
function copySelection(text: string): boolean {
	const focused = document.activeElement;
	const area = document.createElement('textarea');
	area.value = text;
	area.readOnly = true;
	area.setAttribute('aria-hidden', 'true');
	area.style.cssText = 'position:fixed;top:0;opacity:0';
	// A dialog takes the focus back from everything outside it.
	(focused?.closest('[role="dialog"]') ?? document.body).append(area);
	area.select();
	try {
		return document.execCommand('copy');
	} finally {
		area.remove();
		if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
	}
}
