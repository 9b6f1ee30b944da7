export {
	acceptInvitation,
	cancelInvitation,
	findInvitation,
	inviteUser,
	listInvitations,
	resendInvitation,
} from './invitations.ts';
export { endOtherAuthSessions, getProfile, listOwnAuthSessions, updateProfile } from './profile.ts';
export { findPasswordReset, requestPasswordReset, resetPassword } from './password-reset.ts';
export { getUser, listUsers, signOutEverywhere, updateUser } from './users.ts';
