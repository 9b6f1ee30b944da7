// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { completeSession } from './complete.ts';
export { saysCompletion } from './completion-phrase.ts';
export { ensureSession } from './ensure.ts';
export { findSession } from './find.ts';
export { readSessionsOfPerson } from './list-of-person.ts';
export { createSessionLocator, locateSession } from './locate.ts';
export { pauseAi } from './pause-ai.ts';
export { resumeSession } from './resume.ts';
export { bySessionId, presentSession, readPages, selectSessions } from './present.ts';
export { removeSessions } from './remove.ts';
export { resolveHandle, resolveSession, type SessionRow } from './resolve.ts';
export { sweepSessions } from './sweep.ts';
