export { authenticate } from './authenticate.ts';
export {
	authSessionIdOf,
	authSessionsOf,
	endAuthSessions,
	endPasswordLinks,
} from './auth-sessions.ts';
export { changePassword } from './change-password.ts';
export { createFirstAdmin } from './create-first-admin.ts';
export { deleteExpiredAuthSessions } from './delete-expired.ts';
export { ensureFirstAdmin } from './ensure-first-admin.ts';
export { actingAs, endAuthSession, type Browser, type SignedIn } from './internal.ts';
export { countResetRequest } from './limits.ts';
export { isSetUp } from './is-set-up.ts';
export { isSetupToken } from './is-setup-token.ts';
export { authCookieName, startAuthSession, type AuthCookie } from './lucia.ts';
export {
	changesState,
	isForeignSubresource,
	dropsAuthCookie,
	originIsAllowed,
	pageOf,
} from './origin.ts';
export { hashPassword, requireGoodPassword } from './passwords.ts';
export { presentUser } from './present-user.ts';
export { confirmSignIn, needsCode } from './confirm.ts';
export { getSecuritySettings, updateSecuritySettings } from './installation-settings.ts';
export { continueSignIn, finishSignIn, signIn } from './sign-in.ts';
export {
	createRecoveryCodes,
	disableTwoFactor,
	enableTwoFactor,
	getTwoFactor,
	resetTwoFactor,
	startTwoFactor,
} from './two-factor.ts';
export { signOut } from './sign-out.ts';
