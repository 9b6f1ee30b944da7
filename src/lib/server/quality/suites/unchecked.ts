// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { subscribeSuites } from './run-cases.ts';
export { continueRuns } from './runs.ts';
export { createRun } from './start-run.ts';
