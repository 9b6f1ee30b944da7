// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { completeSession, containsCompletionPhrase } from './complete.ts';
export { isDeletedSession, removeSessions } from './delete.ts';
export { sweepSessions } from './detect-completions.ts';
export { ensureSession } from './ensure.ts';
export { findSession, resolveHandle, resolveSession, type SessionRow } from './get.ts';
export { readSessionsOfPerson } from './list.ts';
export { agentOf, bySessionId, presentSession, readPages, selectSessions } from './present.ts';
export { resumeSession } from './resume-links.ts';
export { createSessionLocator, locateSession } from './visitor-tokens.ts';
