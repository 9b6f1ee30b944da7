import type { PageStorage } from './storage.ts';
import { createUuid } from './uuid.ts';

export interface Credentials {
	session_id: string;
	token: string;
}

const SESSION_KEY = 'session';
const START_KEY = 'start';
const VISITOR_KEY = 'visitor';

/** Returns the credentials of this browser's chat session, or null. */
export function readCredentials(storage: PageStorage): Credentials | null {
	try {
		const { session_id, token } = JSON.parse(
			storage.get(SESSION_KEY) ?? '{}',
		) as Partial<Credentials>;
		return session_id && token ? { session_id, token } : null;
	} catch {
		return null;
	}
}

export function saveCredentials(storage: PageStorage, credentials: Credentials): void {
	storage.set(SESSION_KEY, JSON.stringify(credentials));
	storage.set(START_KEY, null);
}

export function clearCredentials(storage: PageStorage): void {
	storage.set(SESSION_KEY, null);
	storage.set(START_KEY, null);
}

/** Returns an id shared by all chats in this browser, so that the visitor always gets the same greeting variant and AI. */
export function getVisitorId(storage: PageStorage): string {
	const id = storage.get(VISITOR_KEY) ?? createUuid();
	storage.set(VISITOR_KEY, id);
	return id;
}

/** Returns the same id until the chat session has started, so that a retry or a second tab doesn't start another. */
export function getStartId(storage: PageStorage): string {
	const id = storage.get(START_KEY) ?? createUuid();
	storage.set(START_KEY, id);
	return id;
}
