// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { readDeliveries } from './deliveries.ts';
export { sendDueDeliveries } from './outbox.ts';
export { ensureDefaultEndpoint } from './change-endpoint.ts';
export { subscribeWebhooks } from './subscribe.ts';
