export { checkPageToken } from './check-page-token.ts';
export { getMessengerState } from './get-state.ts';
export { answerChallenge, receiveEvents } from './receive.ts';
export { removePageToken, setPageSite, setPageToken } from './set-page.ts';
