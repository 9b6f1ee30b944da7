export { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
