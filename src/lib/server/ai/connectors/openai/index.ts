export { createOpenAiConnector, type OpenAiSettings } from './connector.ts';
