/** Keeps the full page above the on-screen keyboard. In a frame, the loader does this. */
export function fitAboveKeyboard(): void {
	const { visualViewport } = window;
	if (!visualViewport || window.parent !== window) return;
	const resize = () => {
		const { height, scale } = visualViewport;
		// Pinch zoom also shrinks the visual viewport, but there is no keyboard then.
		document.documentElement.style.setProperty('--height', `${height * scale}px`);
		if (scale > 1.1) return;
		// iOS scrolls the page to the field even though the page is not scrollable.
		scrollTo(0, 0);
	};
	visualViewport.addEventListener('resize', resize);
}
