export { listErrorGroups } from './list-groups';
export { recordError } from './record';
export { resolveErrorGroup } from './resolve-group';
