// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { ANSWERING_AI } from './answering-ai.ts';
export { guardAgainstFailures, returnToChampion, subscribeGuard } from './guard.ts';
export { findLastChallenger } from './trial.ts';
