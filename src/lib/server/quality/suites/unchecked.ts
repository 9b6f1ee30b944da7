// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { subscribeSuites } from './run-cases.ts';
export { continueRuns } from './runs.ts';
export { createRun } from './start-run.ts';
