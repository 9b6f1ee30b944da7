export { getMail, getMailState, listMails } from './read.ts';
export { sendMailAgain, sendTestMail } from './send-again.ts';
