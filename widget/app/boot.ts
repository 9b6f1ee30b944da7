import type { FrameBoot } from '#lib/contract/frame.ts';
import { getElement } from './dom.ts';

/** Configuration and texts, embedded in the frame's HTML. */
export const { config, language, texts, resume } = JSON.parse(
	getElement('boot', HTMLScriptElement).text,
) as FrameBoot;

export const params = new URLSearchParams(location.search);

// A resume link grants access to the chat, so it is removed from the URL and the page.
if (params.has('resume')) {
	getElement('boot', HTMLScriptElement).remove();
	const url = new URL(location.href);
	url.searchParams.delete('resume');
	history.replaceState(history.state, '', url);
}
