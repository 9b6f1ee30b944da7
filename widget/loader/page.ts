import type { VisitorContext } from '#lib/contract/visitor-context.ts';

/** Where the second file keeps how the visit began, as far as anything may be kept. */
export const VISIT = 'frontdesk:visit';

/** A campaign stands in the first address only, which single-page sites soon replace. */
export const arrival = { landing_url: location.href, referrer: document.referrer };

/** The page as it is now, and how this visit began. */
export function pageContext(): VisitorContext {
	const kept = attempt(() => JSON.parse(sessionStorage[VISIT] as string) as VisitorContext);
	return { ...arrival, ...kept, ...pageNow(), viewport: `${innerWidth}x${innerHeight}` };
}

/** A telephone's screen, upright or not: the chat fills it (as in styles.css). */
export const isSmall = () => Math.min(innerWidth, innerHeight) < 480;

export const pageNow = () => ({ page_url: location.href, page_title: document.title });

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
		if (value === null) localStorage.removeItem(key);
		else localStorage.setItem(key, value);
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
