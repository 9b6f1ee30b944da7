// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { handleDueEvents } from './handle-due.ts';
export { sendDueReplies } from './outbox.ts';
export { subscribeMessenger } from './subscribe.ts';
