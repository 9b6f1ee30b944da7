export {
	cancelReplay,
	findRunningReplay,
	getReplay,
	listReplayMessages,
	startReplay,
} from './replays.ts';
export { getTestChat, sendTestMessage, startTestChat } from './test-chats.ts';
