export { cancelReplay, findRunningReplay, getReplay, startReplay } from './replays.ts';
export { getTestChat, sendTestMessage, startTestChat } from './test-chats.ts';
