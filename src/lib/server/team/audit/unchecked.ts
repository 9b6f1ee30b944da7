// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { audit, type Act } from './audit.ts';
export { presentEntry } from './present.ts';
