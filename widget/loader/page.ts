import type { VisitorContext } from '#lib/contract/visitor-context.ts';

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

export const make = <K extends keyof HTMLElementTagNameMap>(tag: K) => doc.createElement(tag);

/** Only the landing URL carries the campaign parameters, and single-page apps soon replace it. */
export const arrival = { landing_url: location.href, referrer: doc.referrer };

/** Returns the current page, and the landing page and referrer of this visit. */
export function pageContext(): VisitorContext & { page_url: string; page_title: string } {
	// The deferred script stores it, if storage is allowed (later/visit.ts).
	const kept = attempt(
		() => JSON.parse(sessionStorage['frontdesk:visit'] as string) as VisitorContext,
	);
	return {
		...arrival,
		...kept,
		page_url: location.href,
		page_title: doc.title,
		viewport: `${innerWidth}x${innerHeight}`,
	};
}

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

/** Helpers shared with the deferred script, so that the page doesn't load them twice. */
export const helpers = [
	attempt,
	doc,
	make,
	arrival,
	pageContext,
	readEntries,
	writeEntry,
	warn,
] as const;
export type Helpers = typeof helpers;
