// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { eraseOldChats } from './erase.ts';
