export { exportSession } from './export-session';
export { getTranscript } from './get';
export { listActivity } from './list-activity';
export { writeSessionJson } from './write-json';
