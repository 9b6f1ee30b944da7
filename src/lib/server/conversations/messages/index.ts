export { CONNECTION_TEST_MESSAGE, connectionTestId } from './connection-test.ts';
export { getConversation } from './get-conversation.ts';
export { createHistoryReader, getWidgetHistory } from './get-widget-history.ts';
export { ingestMessages } from './ingest.ts';
export { listMessages, readMessages } from './list.ts';
export { sendAgentMessage } from './send-agent.ts';
export { MOST_BY_VISITOR, sendVisitorMessage } from './send-visitor.ts';
export { storeMessages } from './store.ts';
export { MessageWriter } from './writer.ts';
