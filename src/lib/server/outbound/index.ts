export type { Outbound, OutboundRequest, OutboundResponse } from './outbound';
export { createOutbound, OutboundError } from './outbound';
