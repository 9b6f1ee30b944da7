export { isPublicHost, removeBrackets } from './connect.ts';
export type { OutboundTimeouts } from './exchange.ts';
export type { OutboundReason } from './outbound-error.ts';
export { OutboundError } from './outbound-error.ts';
export type { Outbound, OutboundRequest, OutboundResponse } from './outbound.ts';
export { createOutbound } from './outbound.ts';
