// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { ANSWERING_AI, findLastChallenger } from './trial.ts';
export { guardAgainstFailures, returnToChampion, subscribeGuard } from './guard.ts';
