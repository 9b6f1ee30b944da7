export { authenticate } from './authenticate';
export {
	authSessionIdOf,
	authSessionsOf,
	endAuthSessions,
	endPasswordLinks,
} from './auth-sessions';
export { changePassword } from './change-password';
export { createFirstAdmin } from './create-first-admin';
export { deleteExpiredAuthSessions } from './delete-expired';
export { ensureFirstAdmin } from './ensure-first-admin';
export { actingAs, endAuthSession, type Browser, type SignedIn } from './internal';
export { countResetRequest } from './limits';
export { isSetUp } from './is-set-up';
export { isSetupToken } from './is-setup-token';
export { authCookieName, startAuthSession, type AuthCookie } from './lucia';
export { changesState, isForeignSubresource, originIsAllowed, pageOf } from './origin';
export { hashPassword, requireGoodPassword } from './passwords';
export { presentUser } from './present-user';
export { confirmSignIn, needsCode } from './confirm';
export { getSecuritySettings, updateSecuritySettings } from './installation-settings';
export { continueSignIn, finishSignIn, signIn } from './sign-in';
export {
	createRecoveryCodes,
	disableTwoFactor,
	enableTwoFactor,
	getTwoFactor,
	resetTwoFactor,
	startTwoFactor,
} from './two-factor';
export { signOut } from './sign-out';
