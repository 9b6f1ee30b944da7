export { createOpenAiConnector, type OpenAiSettings } from './connector';
