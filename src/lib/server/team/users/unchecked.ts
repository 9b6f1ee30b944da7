// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { readUsers } from './users.ts';
export { resetAccess } from './password-reset.ts';
