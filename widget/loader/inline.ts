import { tryOrNull } from './page.ts';

// In a shadow root, the page's styles don't apply. Elsewhere, `!important` overrides them.
const STYLE =
	'display:block;width:100%!important;max-width:550px;height:600px!important;margin:0 auto;border:0;border-radius:14px;box-shadow:0 0 0 1px #80808040';

/**
 * Puts the frame into the page's element, and loads the chat when the visitor scrolls near it. In a shadow root, the
 * frame survives a framework that empties the element during hydration.
 */
export function showInline(place: HTMLElement, frame: HTMLElement, load: () => void): void {
	frame.style.cssText = STYLE;
	const root = place.shadowRoot ?? tryOrNull(() => place.attachShadow({ mode: 'open' })) ?? place;
	root.replaceChildren(frame);
	// Some themes hide empty elements, and a shadow root doesn't count as content.
	if (!place.getClientRects().length) place.append(' ');
	const onIntersect = ([entry]: { isIntersecting: boolean }[]) => entry?.isIntersecting && load();
	new IntersectionObserver(onIntersect, { rootMargin: '400px' }).observe(frame);
}
