export { getMail, getMailState, listMails, sendMailAgain, sendTestMail } from './mails.ts';
