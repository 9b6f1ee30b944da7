export { listSiteTurns, listTurns } from './list-turns.ts';
export { getTurnLimit } from './turn-limits.ts';
export { getTurnTrace } from './trace.ts';
export { sendAndAwaitReply, type ReplyHooks } from './send-and-await-reply.ts';
export { testConnection } from '../connection-test/test-connection.ts';
