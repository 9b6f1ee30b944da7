import type { PageStorage } from './storage.ts';
import { uuid } from './uuid.ts';

export interface Credentials {
	session_id: string;
	token: string;
}

const SESSION = 'session';
const START = 'start';
const VISITOR = 'visitor';

/** The chat session that this browser owns, if there is one. */
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

/** The same id in all chats of this browser, so that the visitor is always given the same of several greetings. */
export function visitorId(storage: PageStorage): string {
	const id = storage.get(VISITOR) ?? uuid();
	storage.set(VISITOR, id);
	return id;
}

/** The same id until the chat session has started, so that a lost answer or a second tab makes no second one. */
export function startId(storage: PageStorage): string {
	const id = storage.get(START) ?? uuid();
	storage.set(START, id);
	return id;
}
