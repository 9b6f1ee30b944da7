export { countDeliveries, listDeliveries, replayDeliveries, replayDelivery } from './deliveries.ts';
export { createEndpoint, deleteEndpoint, rotateSecret, updateEndpoint } from './change-endpoint.ts';
export { listEndpointNames, listEndpoints } from './list-endpoints.ts';
export { PAYLOAD_VERSION } from './send.ts';
export { testEndpoint } from './test-endpoint.ts';
