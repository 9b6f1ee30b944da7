export { connectN8n } from './connect.ts';
export { disconnectN8n } from './disconnect.ts';
export { getN8nConnection } from './get-connection.ts';
export { downloadWorkflow } from './workflows.ts';
