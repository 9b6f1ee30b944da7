export { changeSessions } from './change-sessions.ts';
