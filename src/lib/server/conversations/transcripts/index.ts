export { exportSession } from './export.ts';
export { getTranscript, listActivity, openChat } from './get.ts';
