export { cancelReplay } from './cancel-replay.ts';
export { findRunningReplay } from './find-running-replay.ts';
export { getReplay } from './get-replay.ts';
export { getTestChat } from './get-chat.ts';
export { sendTestMessage } from './send-message.ts';
export { startReplay } from './start-replay.ts';
export { startTestChat } from './start-chat.ts';
