export { getFailure, listFailures } from './failures.ts';
export { getErrorGroup, listErrorGroups, listWorkflows, resolveErrorGroup } from './groups.ts';
export { recordError } from './record.ts';
