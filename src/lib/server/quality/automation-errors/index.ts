export { getErrorGroup } from './get-group';
export { getFailure } from './get-failure';
export { listErrorGroups } from './list-groups';
export { listFailures } from './list-failures';
export { listWorkflows } from './list-workflows';
export { recordError } from './record';
export { resolveErrorGroup } from './resolve-group';
