// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { type Act, audit } from './audit.ts';
export { presentEntry } from './list.ts';
