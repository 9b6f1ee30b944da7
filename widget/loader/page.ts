import type { VisitorContext } from '#lib/contract/visitor-context.ts';

/** Where the second file keeps how the visit began, as far as anything may be kept. */
export const VISIT = 'frontdesk:visit';

/**
 * The document without the names that the page's content adds to it: `<img name="currentScript">` or
 * `<form name="body">` hide the browser's own properties from `document`.
 */
export const doc = new Proxy(document, {
	get(target, name) {
		const value: unknown = Reflect.get(Document.prototype, name, target);
		return typeof value === 'function' ? (value.bind(target) as unknown) : value;
	},
});

/** A campaign stands in the first address only, which single-page sites soon replace. */
export const arrival = { landing_url: location.href, referrer: doc.referrer };

/** The page as it is now, and how this visit began. */
export function pageContext(): VisitorContext {
	const kept = attempt(() => JSON.parse(sessionStorage[VISIT] as string) as VisitorContext);
	return { ...arrival, ...kept, ...pageNow(), viewport: `${innerWidth}x${innerHeight}` };
}

/** A telephone's screen, upright or not: the chat fills it (as in styles.css). */
export const isSmall = () => Math.min(innerWidth, innerHeight) < 480;

export const pageNow = () => ({ page_url: location.href, page_title: doc.title });

/** Calls `act` after each change of pages in a single-page site, where the browser tells of it. */
export const onNavigation = (act: () => void) =>
	attempt(() => {
		// Elsewhere an element or frame of this name may stand in its place.
		const { navigation } = window as { navigation?: EventTarget };
		navigation?.addEventListener('navigatesuccess', act);
	});

/** What this page's storage holds under the prefix; null when it has none. */
export function readEntries(prefix: string): Record<string, string> | null {
	return attempt(() => {
		const entries: Record<string, string> = {};
		for (const [key, value] of Object.entries(localStorage) as [string, string][]) {
			if (key.startsWith(prefix)) entries[key.slice(prefix.length)] = value;
		}
		return entries;
	});
}

/** Keeps a value; null forgets it. The frame has it in memory, should this fail. */
export function writeEntry(key: string, value: string | null): void {
	attempt(() => {
		if (value === null) delete localStorage[key];
		else localStorage[key] = value;
	});
}

/** Null where something that pages may block throws. */
export function attempt<T>(act: () => T): T | null {
	try {
		return act();
	} catch {
		return null;
	}
}

/** Tells whoever wrote the page why there is no chat. */
// oxlint-disable-next-line no-console -- the console is the only place where they look
export const warn = (reason: unknown) => console.warn('Frontdesk:', reason);
