// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { completeSession, sweepSessions } from './complete.ts';
export { isDeletedSession, removeSessions } from './delete.ts';
export { ensureSession } from './start.ts';
export {
	getAgentName,
	bySessionId,
	findSession,
	presentSession,
	readPages,
	resolveHandle,
	resolveSession,
	selectSessions,
	type SessionRow,
} from './get.ts';
export { readSessionsOfPerson } from './list.ts';
export { createSessionLocator, resumeSession } from './visitor-tokens.ts';
