export { cancelReplay } from './cancel-replay';
export { findRunningReplay } from './find-running-replay';
export { getReplay } from './get-replay';
export { getTestChat } from './get-chat';
export { sendTestMessage } from './send-message';
export { startReplay } from './start-replay';
export { startTestChat } from './start-chat';
export { subscribeTrials } from './subscribe';
