export { AI_MODES, type AiMode } from './ai/modes.ts';
export type { AiAnswer, AiExchange, AiHandler } from './ai/ai-stand-in.ts';
export { createHeldStream, type HeldStream } from './ai/held-stream.ts';
export {
	type Exchange,
	type Handler,
	type RecordedRequest,
	hang,
	reset,
	send,
	sendJson,
} from './exchange.ts';
export type { AcceptedPush, PushFailure } from './push.ts';
export { type StandIn, startStandIn } from './server.ts';
export type { WebhookAnswer } from './webhooks.ts';
