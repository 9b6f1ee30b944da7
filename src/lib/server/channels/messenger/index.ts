export { checkPageToken } from './check-page-token.ts';
export { getMessengerState } from './get-state.ts';
export { handleDueEvents } from './handle-due.ts';
export { receiveEvents } from './receive.ts';
export { sendDueReplies } from './outbox.ts';
export { setPageSite } from './set-page-site.ts';
export { removePageToken, setPageToken } from './set-page-token.ts';
export { subscribeMessenger } from './subscribe.ts';
export { answerChallenge } from './verify.ts';
