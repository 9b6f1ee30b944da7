export { audit, type Act } from './audit.ts';
export { listAuditEntries } from './list.ts';
export { presentEntry } from './present.ts';
