// Checks no permission: for other domains, jobs and the composition, which act as the system.
export {
	authSessionIdOf,
	authSessionsOf,
	deleteExpiredAuthSessions,
	endAuthSessions,
	endPasswordLinks,
} from './auth-sessions.ts';
export { ensureFirstAdmin } from './first-admin.ts';
export { actingAs, countResetRequest, endAuthSession, presentUser } from './internal.ts';
export { startAuthSession } from './lucia.ts';
export { hashPassword, requireStrongPassword } from './passwords.ts';
