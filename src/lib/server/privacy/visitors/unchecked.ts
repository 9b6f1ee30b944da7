// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { eraseOldChats } from './erase.ts';
