// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { readDeliveries } from './deliveries.ts';
export { deliverDue } from './outbox.ts';
export { ensureDefaultEndpoint } from './change-endpoint.ts';
export { subscribeWebhooks } from './subscribe.ts';
