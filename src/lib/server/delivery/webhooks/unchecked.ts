// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { readDeliveries } from './list.ts';
export { deliverDue } from './outbox.ts';
export { ensureDefaultEndpoint } from './ensure-default-endpoint.ts';
export { subscribeWebhooks } from './subscribe.ts';
