export { getConversation } from './get-conversation.ts';
export { getWidgetHistory } from './get-widget-history.ts';
export { ingestMessages } from './ingest.ts';
export { listMessages } from './list.ts';
export { sendAgentMessage } from './send-agent.ts';
export { MOST_BY_VISITOR, sendVisitorMessage } from './send-visitor.ts';
