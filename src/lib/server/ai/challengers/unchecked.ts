// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { ANSWERING_AI, findLastChallenger } from './trial.ts';
export { guardAgainstFailures, returnToChampion, subscribeGuard } from './guard.ts';
