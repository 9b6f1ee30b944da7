const TAB_STOPS = 'a[href], button, textarea, [tabindex="0"]';

/** Keeps Tab inside the open chat, as in a dialog. Escape closes it. */
export function trapFocus(): void {
	addEventListener('keydown', (event) => {
		if (event.key !== 'Tab' || event.altKey || event.ctrlKey || event.metaKey) return;
		const root = document.querySelector('dialog[open]') ?? document;
		const stops = [...root.querySelectorAll<HTMLElement>(TAB_STOPS)].filter(
			(node) =>
				node.tabIndex === 0 && !node.matches(':disabled') && node.getClientRects().length > 0,
		);
		const [first, last] = [stops[0], stops[stops.length - 1]];
		const [edge, next] = event.shiftKey ? [first, last] : [last, first];
		if (document.activeElement !== edge) return;
		event.preventDefault();
		next?.focus();
	});
}
