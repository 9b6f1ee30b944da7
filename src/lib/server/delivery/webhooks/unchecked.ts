// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { readDeliveries } from './deliveries.ts';
export { sendDueDeliveries as deliverDue } from './outbox.ts';
export { ensureDefaultEndpoint } from './change-endpoint.ts';
export { subscribeWebhooks } from './subscribe.ts';
