import type { MailTemplate } from '#lib/contract/mail.ts';
import type { Letter } from '../render.ts';
import { account, type AccountMails } from './account.ts';
import { reviews, type ReviewMails } from './reviews.ts';
import { service, type ServiceMails } from './service.ts';

/** The data of each template; links are full URLs. */
export type MailData = AccountMails & ReviewMails & ServiceMails;

const TEMPLATES: { [K in MailTemplate]: (data: MailData[K]) => Letter } = {
	...account,
	...reviews,
	...service,
};

export const write = <K extends MailTemplate>(template: K, data: MailData[K]): Letter =>
	TEMPLATES[template](data);
