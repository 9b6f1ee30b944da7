import type { VisitorContext } from '#lib/contract/visitor-context.ts';

/** The key under which the deferred script stores how the visit began, if storage is allowed. */
export const VISIT = 'frontdesk:visit';

/**
 * The document without the properties that the page's content adds to it: `<img name="currentScript">` or
 * `<form name="body">` hide the browser's own properties from `document`.
 */
export const doc = new Proxy(document, {
	get(target, name) {
		const value: unknown = Reflect.get(Document.prototype, name, target);
		return typeof value === 'function' ? (value.bind(target) as unknown) : value;
	},
});

/** Only the first URL has the campaign, and single-page sites soon replace it. */
export const arrival = { landing_url: location.href, referrer: doc.referrer };

/** Returns the current page, and how this visit began. */
export function pageContext(): VisitorContext {
	const kept = attempt(() => JSON.parse(sessionStorage[VISIT] as string) as VisitorContext);
	return { ...arrival, ...kept, ...pageNow(), viewport: `${innerWidth}x${innerHeight}` };
}

/** Whether this is a phone's screen in either orientation, which the chat fills (as in styles.css). */
export const isSmall = () => Math.min(innerWidth, innerHeight) < 480;

export const pageNow = () => ({ page_url: location.href, page_title: doc.title });

/** Calls `act` after each navigation in a single-page site, if the browser supports the event. */
export const onNavigation = (act: () => void) =>
	attempt(() => {
		// In other browsers, an element or frame may have this name.
		const { navigation } = window as { navigation?: EventTarget };
		navigation?.addEventListener('navigatesuccess', act);
	});

/** Returns the entries with this prefix in the page's storage; null if it is unavailable. */
export function readEntries(prefix: string): Record<string, string> | null {
	return attempt(() => {
		const entries: Record<string, string> = {};
		for (const [key, value] of Object.entries(localStorage) as [string, string][]) {
			if (key.startsWith(prefix)) entries[key.slice(prefix.length)] = value;
		}
		return entries;
	});
}

/** Stores a value; null deletes it. If this fails, the frame still has it in memory. */
export function writeEntry(key: string, value: string | null): void {
	attempt(() => {
		if (value === null) delete localStorage[key];
		else localStorage[key] = value;
	});
}

/** Returns null if `act` throws, as browser features do that a page or the browser blocks. */
export function attempt<T>(act: () => T): T | null {
	try {
		return act();
	} catch {
		return null;
	}
}

/** Tells the page's developers why there is no chat. */
// oxlint-disable-next-line no-console -- the only place where they look
export const warn = (reason: unknown) => console.warn('Frontdesk:', reason);
