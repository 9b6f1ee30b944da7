import type { VisitorContext } from '#lib/contract/visitor-context.ts';

/**
 * The document without properties added by the page's content (DOM clobbering): `<img name="currentScript">` or
 * `<form name="body">` would otherwise hide the browser's own properties.
 */
export const doc = new Proxy(document, {
	get(target, name) {
		const value: unknown = Reflect.get(Document.prototype, name, target);
		return typeof value === 'function' ? (value.bind(target) as unknown) : value;
	},
});

export const createElement = <K extends keyof HTMLElementTagNameMap>(tag: K) =>
	doc.createElement(tag);

/** Read immediately, because only the landing URL has the campaign parameters, and single-page apps soon replace it. */
export const entryPage = { landing_url: location.href, referrer: doc.referrer };

/** Returns the current page, and the landing page and referrer of this visit. */
export function getPageContext(): VisitorContext & { page_url: string; page_title: string } {
	// The deferred script stores the visit if storage is allowed (later/visit.ts).
	const visit = tryOrNull(
		() => JSON.parse(sessionStorage['frontdesk:visit'] as string) as VisitorContext,
	);
	return {
		...entryPage,
		...visit,
		page_url: location.href,
		page_title: doc.title,
		viewport: `${innerWidth}x${innerHeight}`,
	};
}

/** Returns the entries with this prefix in the page's storage; null if it is unavailable. */
export function readEntries(prefix: string): Record<string, string> | null {
	return tryOrNull(() => {
		const entries: Record<string, string> = {};
		for (const [key, value] of Object.entries(localStorage) as [string, string][]) {
			if (key.startsWith(prefix)) entries[key.slice(prefix.length)] = value;
		}
		return entries;
	});
}

/** Stores a value; null deletes it. If this fails, the frame still has the value in memory. */
export function writeEntry(key: string, value: string | null): void {
	tryOrNull(() => {
		if (value === null) delete localStorage[key];
		else localStorage[key] = value;
	});
}

/** Returns the result of `run`, or null if it throws, as browser features do if the page or the browser blocks them. */
export function tryOrNull<T>(run: () => T): T | null {
	try {
		return run();
	} catch {
		return null;
	}
}

/** Warns the page's developers why there is no chat. */
// oxlint-disable-next-line no-console -- intended for the page's developers
export const warn = (reason: unknown) => console.warn('Frontdesk:', reason);

/** Functions shared with the deferred script, so that the page doesn't load them twice. */
export const helpers = [
	tryOrNull,
	doc,
	createElement,
	entryPage,
	getPageContext,
	readEntries,
	writeEntry,
	warn,
] as const;
export type Helpers = typeof helpers;
