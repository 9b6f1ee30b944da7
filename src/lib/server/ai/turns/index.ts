export { listSiteTurns } from './list-site-turns.ts';
export { listTurns } from './list-turns.ts';
export { sendAndAwaitReply, type ReplyHooks } from './send-and-await-reply.ts';
export { tryConnector } from '../connection-test/try-connector.ts';
