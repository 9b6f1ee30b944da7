// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export {
	getAuthSessionId,
	listUserAuthSessions,
	deleteExpiredAuthSessions,
	endAuthSessions,
	endPasswordLinks,
} from './auth-sessions.ts';
export { ensureFirstAdmin } from './first-admin.ts';
export { actAs, countResetRequest, endAuthSession, presentUser } from './internal.ts';
export { startAuthSession } from './lucia.ts';
export { hashPassword, requireStrongPassword } from './passwords.ts';
