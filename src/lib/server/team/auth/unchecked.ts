// Checks no permission: for other domains, jobs and the composition, which act as the system.
export {
	authSessionIdOf,
	authSessionsOf,
	endAuthSessions,
	endPasswordLinks,
} from './auth-sessions.ts';
export { deleteExpiredAuthSessions } from './delete-expired.ts';
export { ensureFirstAdmin } from './ensure-first-admin.ts';
export { actingAs, endAuthSession } from './internal.ts';
export { countResetRequest } from './limits.ts';
export { startAuthSession } from './lucia.ts';
export { hashPassword, requireGoodPassword } from './passwords.ts';
export { presentUser } from './present-user.ts';
