// Themes say `iframe { height: auto !important }`: only the element's own important style is stronger.
const STYLE = {
	all: 'initial',
	display: 'block',
	width: '100%',
	'max-width': '550px',
	height: '600px',
	margin: '0 auto',
	'border-radius': '14px',
	'box-shadow': '0 0 0 1px rgb(128 128 128/.25)',
};

/** Puts the frame into the page's own element, and fetches the chat when the visitor comes near. */
export function showInline(place: Element, frame: HTMLElement, load: () => void): void {
	for (const [name, value] of Object.entries(STYLE))
		frame.style.setProperty(name, value, 'important');
	place.replaceChildren(frame);
	const near = ([entry]: { isIntersecting: boolean }[]) => entry?.isIntersecting && load();
	new IntersectionObserver(near, { rootMargin: '400px' }).observe(frame);
}
