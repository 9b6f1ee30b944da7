export { getErrorGroup } from './get-group.ts';
export { getFailure } from './get-failure.ts';
export { listErrorGroups } from './list-groups.ts';
export { listFailures } from './list-failures.ts';
export { listWorkflows } from './list-workflows.ts';
export { recordError } from './record.ts';
export { resolveErrorGroup } from './resolve-group.ts';
