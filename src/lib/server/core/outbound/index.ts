export type { OutboundReason } from './outbound-error';
export { OutboundError } from './outbound-error';
export type { Outbound, OutboundOptions, OutboundRequest, OutboundResponse } from './outbound';
export { createOutbound } from './outbound';
