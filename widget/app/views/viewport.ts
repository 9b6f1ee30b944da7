/** On the full page the conversation ends above the on-screen keyboard; in a frame the loader sees to it. */
export function followKeyboard(): void {
	const { visualViewport } = window;
	if (!visualViewport || window.parent !== window) return;
	const follow = () => {
		document.documentElement.style.setProperty('--height', `${visualViewport.height}px`);
		// iOS scrolls the page to the field, although there is nothing to scroll.
		scrollTo(0, 0);
	};
	visualViewport.addEventListener('resize', follow);
}
