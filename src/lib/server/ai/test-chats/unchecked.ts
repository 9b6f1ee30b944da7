// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { subscribeReplays } from './advance-replay.ts';
