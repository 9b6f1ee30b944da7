export { sendAndAwaitReply, type ReplyHooks } from './send-and-await-reply';
export { startTurns, type Turns } from './turns';
