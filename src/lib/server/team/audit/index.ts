export { audit, type Act } from './audit';
export { listAuditEntries } from './list';
export { presentEntry } from './present';
