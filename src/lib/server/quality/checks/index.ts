export { updateFlag } from './flags.ts';
export { listChecks } from './precision.ts';
