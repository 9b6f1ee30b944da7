export { createEndpoint } from './create-endpoint';
export { deliverDue, type DeliverOptions } from './deliver-due';
export { ensureDefaultEndpoint } from './ensure-default-endpoint';
export { listDeliveries } from './list';
export { replayDelivery } from './replay';
export { replayDeliveries } from './replay-many';
export { subscribeWebhooks } from './subscribe';
