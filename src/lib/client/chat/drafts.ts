const key = (sessionId: string) => `frontdesk.draft.${sessionId}`;

/** What was written to this chat session and not sent, in this tab. */
export function readDraft(sessionId: string): string {
	try {
		return sessionStorage.getItem(key(sessionId)) ?? '';
	} catch {
		return '';
	}
}

export function writeDraft(sessionId: string, text: string): void {
	try {
		if (text) sessionStorage.setItem(key(sessionId), text);
		else sessionStorage.removeItem(key(sessionId));
	} catch {
		// Storage is blocked or full: the draft lasts as long as the composer.
	}
}
