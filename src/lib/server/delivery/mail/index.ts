export { developerAddresses } from './developer-addresses.ts';
export { getMail, getMailState, listMails } from './read.ts';
export { sendDueMails } from './outbox.ts';
export { type NewMail, queueMail } from './queue.ts';
export { queueDailySummaries } from './daily-summaries.ts';
export { sendMailAgain, sendTestMail } from './send-again.ts';
export { subscribeMail } from './subscribe.ts';
export type { MailData } from './templates/index.ts';
