export { getConversation } from './get-conversation.ts';
export { getWidgetHistory } from './get-widget-history.ts';
export { ingestMessages } from './ingest.ts';
export { listMessages } from './list.ts';
export { MAX_VISITOR_MESSAGES, sendAgentMessage, sendVisitorMessage } from './send.ts';
