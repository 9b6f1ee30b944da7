import { attempt } from './page.ts';

// The page's styles don't reach into a shadow root. Elements without one get these inline, as `!important`.
const STYLE =
	'display:block;width:100%!important;max-width:550px;height:600px!important;margin:0 auto;border:0;border-radius:14px;box-shadow:0 0 0 1px #80808040';

/**
 * Puts the frame into the page's own element, and fetches the chat when the visitor comes near. In a shadow root it
 * stays when a framework compares the element with what the server has sent, and empties it.
 */
export function showInline(place: HTMLElement, frame: HTMLElement, load: () => void): void {
	frame.style.cssText = STYLE;
	const root = place.shadowRoot ?? attempt(() => place.attachShadow({ mode: 'open' })) ?? place;
	root.replaceChildren(frame);
	// Some themes hide what is empty, and what is in a shadow root does not count.
	if (!place.getClientRects().length) place.append(' ');
	const near = ([entry]: { isIntersecting: boolean }[]) => entry?.isIntersecting && load();
	new IntersectionObserver(near, { rootMargin: '400px' }).observe(frame);
}
