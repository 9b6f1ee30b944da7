export { changeSessions } from './change-sessions';
