export { connectN8n } from './connect.ts';
export { disconnectN8n } from './disconnect.ts';
export { downloadWorkflow } from './download-workflow.ts';
export { getN8nConnection } from './get-connection.ts';
