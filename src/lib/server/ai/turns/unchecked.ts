// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { probeFailingSites } from './probe-failing-sites.ts';
export { Turns } from './turns.ts';
export { explainDelivery } from '../connection-test/faults.ts';
