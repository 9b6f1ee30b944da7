/** Keeps the full page above the on-screen keyboard. In a frame, the loader does this. */
export function fitAboveKeyboard(): void {
	const { visualViewport } = window;
	if (!visualViewport || window.parent !== window) return;
	const resize = () => {
		document.documentElement.style.setProperty('--height', `${visualViewport.height}px`);
		// iOS scrolls the page to the field even though the page is not scrollable.
		scrollTo(0, 0);
	};
	visualViewport.addEventListener('resize', resize);
}
