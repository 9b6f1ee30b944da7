export { listSiteTurns } from './list-site-turns';
export { listTurns } from './list-turns';
export { sendAndAwaitReply, type ReplyHooks } from './send-and-await-reply';
export { startTurns, type Turns } from './turns';
export { explainDelivery } from '../connection-test/explain-delivery';
export { tryConnector } from '../connection-test/try-connector';
