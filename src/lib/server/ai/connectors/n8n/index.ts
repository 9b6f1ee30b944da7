export { createN8nConnector, type N8nSettings } from './connector.ts';
export { isAddressRefusal, refusalOf } from './failures.ts';
