export { createN8nConnector, type N8nSettings } from './connector.ts';
export { isAddressRefusal, isMethodRefusal, createRefusalError } from './failures.ts';
