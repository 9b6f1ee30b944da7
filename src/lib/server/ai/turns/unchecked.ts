// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { probeFailingAis as probeFailingSites } from './probe-failing-sites.ts';
export { Turns } from './turns.ts';
export { findDeliveryFault as explainDelivery } from '../connection-test/faults.ts';
