const YEAR_S = 365 * 24 * 60 * 60;

/** Tells the server, by a cookie, where this person is; true when it did not know. */
export function tellTimeZone(): boolean {
	const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const cookie = `time_zone=${encodeURIComponent(name)}`;
	if (document.cookie.split('; ').includes(cookie)) return false;
	document.cookie = `${cookie}; path=/; max-age=${YEAR_S}; samesite=lax`;
	return true;
}
