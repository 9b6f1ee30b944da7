import type { Helpers } from '../page.ts';

/** Functions shared by the loader; see `helpers` in ../page.ts. */
export let [attempt, doc, createElement, entryPage, pageContext, readEntries, writeEntry, warn] =
	[] as unknown as Helpers;

export function setHelpers(helpers: Helpers): void {
	[attempt, doc, createElement, entryPage, pageContext, readEntries, writeEntry, warn] = helpers;
}

/** Returns whether the screen is a phone's, in either orientation. The open chat fills it (as in ../styles.css). */
export const isPhone = () => Math.min(innerWidth, innerHeight) < 480;

/** Calls `listener` after each navigation in a single-page app, if the browser supports the event. */
export const onNavigation = (listener: () => void) =>
	attempt(() => {
		// In browsers without the Navigation API, `window.navigation` can be an element or frame of that name.
		const { navigation } = window as { navigation?: EventTarget };
		navigation?.addEventListener('navigatesuccess', listener);
	});

// Excludes CUBOT, a phone brand.
export const isCrawler = () => /(^|[^u])bot\b|crawl|spider|slurp/i.test(navigator.userAgent);
