// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { readHandoffs } from './end-handoff.ts';
export { requestHandoffForAi, sweepHandoffs } from './request-handoff.ts';
export { pauseAi } from './take-over.ts';
