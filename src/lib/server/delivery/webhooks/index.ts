export { countDeliveries, listDeliveries } from './list.ts';
export { createEndpoint } from './create-endpoint.ts';
export { deleteEndpoint, rotateSecret, updateEndpoint } from './change-endpoint.ts';
export { listEndpointNames, listEndpoints } from './list-endpoints.ts';
export { replayDeliveries, replayDelivery } from './replay.ts';
export { PAYLOAD_VERSION } from './signature.ts';
export { testEndpoint } from './test-endpoint.ts';
