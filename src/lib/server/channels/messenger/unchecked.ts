// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { handleDueEvents } from './receive.ts';
export { sendDueReplies } from './outbox.ts';
export { subscribeMessenger } from './subscribe.ts';
