import type { FrameBoot } from '#lib/contract/frame.ts';
import { find } from './dom.ts';

/** Configuration and texts, as the page of the frame was delivered with them. */
export const { config, language, texts, resume } = JSON.parse(
	find('boot', HTMLScriptElement).text,
) as FrameBoot;

export const params = new URLSearchParams(location.search);

// Whoever has a resume link has the chat: it stays neither in the address nor in the page.
if (params.has('resume')) {
	find('boot', HTMLScriptElement).remove();
	const url = new URL(location.href);
	url.searchParams.delete('resume');
	history.replaceState(history.state, '', url);
}
