import type { Helpers } from '../page.ts';

/** The loader's own functions; see `helpers` in ../page.ts. */
export let [attempt, doc, make, arrival, pageContext, readEntries, writeEntry, warn] =
	[] as unknown as Helpers;

export function receive(helpers: Helpers): void {
	[attempt, doc, make, arrival, pageContext, readEntries, writeEntry, warn] = helpers;
}

/** Whether this is a phone's screen in either orientation, which the chat fills (as in ../styles.css). */
export const isSmall = () => Math.min(innerWidth, innerHeight) < 480;

/** Calls `act` after each navigation in a single-page site, if the browser supports the event. */
export const onNavigation = (act: () => void) =>
	attempt(() => {
		// In other browsers, an element or frame may have this name.
		const { navigation } = window as { navigation?: EventTarget };
		navigation?.addEventListener('navigatesuccess', act);
	});

// CUBOT is a phone brand.
export const isCrawler = () => /(^|[^u])bot\b|crawl|spider|slurp/i.test(navigator.userAgent);
