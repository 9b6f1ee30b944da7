export { checkPageToken } from './check-page-token.ts';
export { getMessengerState, removePageToken, setPageSite, setPageToken } from './set-page.ts';
export { answerChallenge, receiveEvents } from './receive.ts';
