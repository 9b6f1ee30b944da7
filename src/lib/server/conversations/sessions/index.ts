export {
	acceptConsent,
	requireConsent,
	requireConsentToStart,
	setPage,
	updateSession,
} from './update.ts';
export { deleteSession } from './delete.ts';
export { syncCompletionStatus } from './complete.ts';
export { exportSessions } from './export.ts';
export { getSession, type SessionHandle, type SessionRef } from './get.ts';
export { countSessions, listSessions, listSessionsOfPerson } from './list.ts';
export { createResumeLink, requireVisitorToken, signOutVisitor } from './visitor-tokens.ts';
export { startSession } from './start.ts';
