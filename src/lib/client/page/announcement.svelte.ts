let text = $state('');
let timer: ReturnType<typeof setTimeout> | undefined;

/** How long a text stays in the live region, so that the same text is announced again later. */
const CLEAR_MS = 2000;

/** Announces a text to screen readers, through the dashboard's live region. */
export function announce(message: string): void {
	text = message;
	clearTimeout(timer);
	timer = setTimeout(() => (text = ''), CLEAR_MS);
}

/** The text of the dashboard's live region. */
export const getAnnouncement = (): string => text;
