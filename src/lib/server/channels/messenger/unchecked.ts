// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { handleDueEvents } from './receive.ts';
export { sendDueReplies } from './outbox.ts';
export { subscribeMessenger } from './subscribe.ts';
