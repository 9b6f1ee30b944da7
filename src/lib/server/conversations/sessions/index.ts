export { acceptConsent } from './accept-consent.ts';
export { completeSession } from './complete.ts';
export { saysCompletion } from './completion-phrase.ts';
export { countSessions } from './count.ts';
export { deleteSession } from './delete.ts';
export { ensureSession } from './ensure.ts';
export { exportSessions } from './export.ts';
export { findSession } from './find.ts';
export { getSession } from './get.ts';
export { listSessions } from './list.ts';
export { listSessionsOfPerson, readSessionsOfPerson } from './list-of-person.ts';
export { createSessionLocator, locateSession } from './locate.ts';
export { pauseAi } from './pause-ai.ts';
export { createResumeLink } from './create-resume-link.ts';
export { resumeSession } from './resume.ts';
export { bySessionId, presentSession, readPages, selectSessions } from './present.ts';
export { removeSessions } from './remove.ts';
export { requireConsent, requireConsentToBegin } from './require-consent.ts';
export {
	resolveHandle,
	resolveSession,
	type SessionHandle,
	type SessionRef,
	type SessionRow,
} from './resolve.ts';
export { setPage } from './set-page.ts';
export { startSession } from './start.ts';
export { sweepSessions } from './sweep.ts';
export { syncCompletionStatus } from './sync-completion-status.ts';
export { handBack, takeOver } from './take-over.ts';
export { updateSession } from './update.ts';
export { requireVisitorToken, signOutVisitor } from './visitor-tokens.ts';
