import type { FrameBoot } from '$lib/contract/frame';
import { find } from './dom';

/** Configuration and texts, as the page of the frame was delivered with them. */
export const { config, language, texts } = JSON.parse(
	find('boot', HTMLScriptElement).text,
) as FrameBoot;

export const params = new URLSearchParams(location.search);
