export { authenticate } from './authenticate.ts';
export { changePassword } from './change-password.ts';
export { createFirstAdmin } from './create-first-admin.ts';
export type { Browser, SignedIn } from './internal.ts';
export { isSetUp } from './is-set-up.ts';
export { isSetupToken } from './is-setup-token.ts';
export { authCookieName, type AuthCookie } from './lucia.ts';
export {
	changesState,
	isForeignSubresource,
	dropsAuthCookie,
	originIsAllowed,
	pageOf,
} from './origin.ts';
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
