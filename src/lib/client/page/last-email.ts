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

/** Stores the email of a successful sign-in. */
export function writeLastEmail(email: string): void {
	try {
		localStorage.setItem(KEY, email);
	} catch {
		// The browser blocks storage.
	}
}
