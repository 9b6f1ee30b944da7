// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { probeFailingSites } from './probe-failing-sites.ts';
export { Turns } from './turns.ts';
export { findDeliveryFault } from '../connection-test/faults.ts';
