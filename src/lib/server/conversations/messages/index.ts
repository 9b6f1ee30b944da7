export { CONNECTION_TEST_MESSAGE, connectionTestId } from './connection-test';
export { getConversation } from './get-conversation';
export { getWidgetHistory } from './get-widget-history';
export { ingestMessages } from './ingest';
export { listMessages } from './list';
export { presentForWidget } from './present';
export { sendAgentMessage } from './send-agent';
export { MOST_BY_VISITOR, sendVisitorMessage } from './send-visitor';
export { storeMessages } from './store';
