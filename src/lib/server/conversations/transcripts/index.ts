export { exportSession } from './export-session.ts';
export { getTranscript, openChat } from './get.ts';
export { listActivity } from './list-activity.ts';
