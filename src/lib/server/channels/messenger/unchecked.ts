// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { handleDueEvents } from './receive.ts';
export { sendDueReplies } from './outbox.ts';
export { subscribeMessenger } from './subscribe.ts';
