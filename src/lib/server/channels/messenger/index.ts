export { checkPageToken } from './check-page-token';
export { getMessengerState } from './get-state';
export { handleDueEvents } from './handle-due';
export { receiveEvents } from './receive';
export { sendDueReplies } from './send-due';
export { setPageSite } from './set-page-site';
export { subscribeMessenger } from './subscribe';
export { answerChallenge } from './verify';
