import type { PageStorage } from './storage.ts';
import { uuid } from './uuid.ts';

export interface Credentials {
	session_id: string;
	token: string;
}

const SESSION = 'session';
const START = 'start';
const VISITOR = 'visitor';

/** Returns the credentials of this browser's chat session, or null. */
export function readCredentials(storage: PageStorage): Credentials | null {
	try {
		const { session_id, token } = JSON.parse(storage.get(SESSION) ?? '{}') as Partial<Credentials>;
		return session_id && token ? { session_id, token } : null;
	} catch {
		return null;
	}
}

export function keepCredentials(storage: PageStorage, credentials: Credentials): void {
	storage.set(SESSION, JSON.stringify(credentials));
	storage.set(START, null);
}

export function forgetCredentials(storage: PageStorage): void {
	storage.set(SESSION, null);
	storage.set(START, null);
}

/** Returns an id shared by all chats in this browser, so that the visitor always gets the same greeting variant. */
export function visitorId(storage: PageStorage): string {
	const id = storage.get(VISITOR) ?? uuid();
	storage.set(VISITOR, id);
	return id;
}

/** Returns the same id until the chat session has started, so that a retry or a second tab doesn't start another. */
export function startId(storage: PageStorage): string {
	const id = storage.get(START) ?? uuid();
	storage.set(START, id);
	return id;
}
