import { deleteExpiredAuthSessions } from '../team/auth/index.ts';
import { sweepSessions } from '../conversations/sessions/index.ts';
import type { Job } from './job.ts';

/** Marks abandoned chats, completes those whose completion went unnoticed. */
export const sweepJob: Job = { name: 'sweep', interval_ms: 30_000, run: sweepSessions };

export const authSessionsJob: Job = {
	name: 'auth-sessions',
	interval_ms: 3_600_000,
	run: deleteExpiredAuthSessions,
};
