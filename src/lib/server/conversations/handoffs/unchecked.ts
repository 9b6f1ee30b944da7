// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { readHandoffs } from './end-handoff.ts';
export { requestHandoffForAi, sweepHandoffs } from './request-handoff.ts';
export { pauseAi } from './take-over.ts';
