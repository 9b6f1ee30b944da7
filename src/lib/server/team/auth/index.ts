export { authenticate } from './authenticate.ts';
export { changePassword, confirmSignIn, needsCode } from './passwords.ts';
export { createFirstAdmin, isSetUp, isSetupToken } from './first-admin.ts';
export type { Browser, SignedIn } from './internal.ts';
export { type AuthCookie, getAuthCookieName } from './lucia.ts';
export {
	changesState,
	dropsAuthCookie,
	isForeignSubresource,
	isAllowedOrigin,
	getReferringPage,
} from './origin.ts';
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
export { getPublicAuthSessionId, signOut } from './auth-sessions.ts';
