const KEY = 'frontdesk.email';

/** Returns the email that this browser last signed in with; empty if it is unknown. */
export function readLastEmail(): string {
	try {
		return localStorage.getItem(KEY) ?? '';
	} catch {
		// The browser blocks storage.
		return '';
	}
}

/** Keeps the email that somebody has signed in with. */
export function writeLastEmail(email: string): void {
	try {
		localStorage.setItem(KEY, email);
	} catch {
		// The browser blocks storage.
	}
}
