import { AppError } from '#lib/server/core/errors.ts';

/** How long to retry a message while another transaction has locked its chat session. */
export const LOCK_TIMEOUT_MS = 15_000;

const MIN_PAUSE_MS = 2;
const MAX_PAUSE_MS = 250;

/** Returns the pause before the next retry, doubling from 2 ms, as most locks last a few milliseconds. */
export const nextLockPause = (pauseMs = MIN_PAUSE_MS / 2) => Math.min(2 * pauseMs, MAX_PAUSE_MS);

/** The error for a chat session that stayed locked until the timeout. */
export const lockTimeout = () =>
	new AppError('unavailable', 'this chat is busy; try again', { retryAfter: 2 });
