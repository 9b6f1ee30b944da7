export {
	acceptInvitation,
	cancelInvitation,
	findInvitation,
	inviteUser,
	listInvitations,
	resendInvitation,
} from './invitations.ts';
export {
	endOtherAuthSessions,
	getProfile,
	getUser,
	listOwnAuthSessions,
	listUsers,
	signOutEverywhere,
	updateProfile,
	updateUser,
} from './users.ts';
export { findPhoto } from './photos.ts';
export { findPasswordReset, requestPasswordReset, resetPassword } from './password-reset.ts';
