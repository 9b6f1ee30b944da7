// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { readUsers } from './list.ts';
export { resetAccess } from './reset-access.ts';
