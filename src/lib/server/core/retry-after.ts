/** Reads `Retry-After` (seconds or an HTTP date) as milliseconds from now; undefined when it says nothing usable. */
export function readRetryAfter(value: string | null, now: Date): number | undefined {
	if (value === null) return undefined;
	const text = value.trim();
	if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
	// Date.parse alone would take "-5" or "1.5" for a date.
	const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
	return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
