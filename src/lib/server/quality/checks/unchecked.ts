// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { readFlags, readOpenFlags, subscribeChecks } from './flags.ts';
export { loadLanguageDetector } from './language.ts';
export { callDueJudges } from './judge-calls.ts';
export { checkFinishedChats } from './run.ts';
