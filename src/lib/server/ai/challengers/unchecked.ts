// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { ANSWERING_AI, findLastChallenger } from './trial.ts';
export { guardAgainstFailures, returnToChampion, subscribeGuard } from './guard.ts';
