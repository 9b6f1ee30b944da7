export { connectN8n } from './connect';
export { disconnectN8n } from './disconnect';
export { downloadWorkflow } from './download-workflow';
export { getN8nConnection } from './get-connection';
