export type { N8nSettings } from './call.ts';
export { createN8nConnector } from './connector.ts';
export { isAddressRefusal, refusalOf } from './failures.ts';
