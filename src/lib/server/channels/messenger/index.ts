export { checkPageToken } from './check-page-token.ts';
export { getMessengerState } from './get-state.ts';
export { handleDueEvents } from './handle-due.ts';
export { answerChallenge, receiveEvents } from './receive.ts';
export { sendDueReplies } from './outbox.ts';
export { removePageToken, setPageSite, setPageToken } from './set-page.ts';
export { subscribeMessenger } from './subscribe.ts';
