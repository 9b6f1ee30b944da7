export { getTranscript } from './get';
