export { AI_MODES, type AiMode } from './ai/modes.ts';
export type { AiAnswer, AiHandler } from './ai/ai-stand-in.ts';
export { createHeldStream } from './ai/held-stream.ts';
export { type RecordedRequest, reset, sendJson } from './exchange.ts';
export { type StandIn, startStandIn } from './server.ts';
export type { WebhookAnswer } from './webhooks.ts';
