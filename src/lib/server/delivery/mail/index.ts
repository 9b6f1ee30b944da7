export { getMail, getMailState, listMails, resendMail, sendTestMail } from './mails.ts';
