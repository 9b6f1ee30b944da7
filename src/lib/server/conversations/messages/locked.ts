import { AppError } from '#lib/server/core/errors.ts';

/** How long a message waits for a chat session that another transaction has locked. */
export const LOCK_PATIENCE_MS = 15_000;

const FIRST_PAUSE_MS = 2;
const MAX_PAUSE_MS = 250;

/** The pause before a locked chat session is tried again: most are locked for a few milliseconds. */
export const nextLockPause = (pauseMs = FIRST_PAUSE_MS / 2) => Math.min(2 * pauseMs, MAX_PAUSE_MS);

export const lockedTooLong = () =>
	new AppError('unavailable', 'this chat is busy; try again', { retryAfter: 2 });
