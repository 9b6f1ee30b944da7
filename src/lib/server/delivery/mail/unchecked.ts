// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { listDeveloperAddresses, subscribeMail } from './subscribe.ts';
export { sendDueMails } from './outbox.ts';
export { queueMail } from './queue.ts';
export { queueDailySummaries } from './daily-summaries.ts';
