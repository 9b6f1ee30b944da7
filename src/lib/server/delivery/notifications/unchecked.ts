// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { sendDuePushMessages } from './outbox.ts';
export { queueAlertMessages } from './queue-messages.ts';
export { subscribeNotifications } from './subscribe.ts';
export { ensureVapidKeys } from './settings.ts';
export { queueWeeklyReports } from './weekly-reports.ts';
