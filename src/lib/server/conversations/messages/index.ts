export { getConversation, listMessages } from './read.ts';
export { getWidgetHistory } from './get-widget-history.ts';
export {
	ingestMessages,
	MAX_VISITOR_MESSAGES,
	sendAgentMessage,
	sendVisitorMessage,
} from './send.ts';
