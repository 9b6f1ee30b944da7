export type { N8nSettings } from './connector';
export { createN8nConnector } from './connector';
export { isAddressRefusal, refusalOf } from './failures';
