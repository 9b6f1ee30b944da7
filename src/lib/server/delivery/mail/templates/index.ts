import type { MailTemplate } from '#lib/contract/mail.ts';
import { type MailContent, ONE_TIME_LINK } from '../render.ts';
import { type ReviewMails, reviewTemplates } from './reviews.ts';
import { serviceTemplates, type ServiceMails } from './service.ts';

/** The one-time links of `invitation` and `password_reset` are passed to `queueMail` separately. */
interface AccountMails {
	invitation: { invited_by: string; role: 'admin' | 'agent'; days: number };
	password_reset: { name: string; minutes: number };
	test: { asked_by: string };
}

const roleDescriptions: Record<'admin' | 'agent', string> = {
	admin: 'As an admin, you can also manage sites, users and keys.',
	agent: 'You’ll see every chat live and can take over at any time.',
};

const accountTemplates = {
	invitation: ({ invited_by, role, days }: AccountMails['invitation']): MailContent => ({
		subject: `${invited_by} invited you to Frontdesk`,
		title: 'Join your team on Frontdesk',
		parts: [
			{ type: 'text', text: `${invited_by} invited you. ${roleDescriptions[role]}` },
			{ type: 'button', label: 'Accept invitation', url: ONE_TIME_LINK },
			{ type: 'hint', text: `The link works once and expires in ${days} days.` },
		],
	}),
	password_reset: ({ name, minutes }: AccountMails['password_reset']): MailContent => ({
		subject: 'Reset your password',
		title: 'Reset your password',
		parts: [
			{ type: 'text', text: `Hi ${name}, we received a request to reset your password.` },
			{ type: 'button', label: 'Reset password', url: ONE_TIME_LINK },
			{
				type: 'hint',
				text: `The link works once and expires in ${minutes} minutes. If you didn’t request this, ignore this email: your password stays the same.`,
			},
		],
	}),
	test: ({ asked_by }: AccountMails['test']): MailContent => ({
		subject: 'Test email from Frontdesk',
		title: 'Email works',
		parts: [
			{ type: 'text', text: `${asked_by} sent this test email. You don’t need to do anything.` },
		],
	}),
};

/** The data of each template; links are full URLs. */
export type MailData = AccountMails & ReviewMails & ServiceMails;

const TEMPLATES: { [K in MailTemplate]: (data: MailData[K]) => MailContent } = {
	...accountTemplates,
	...reviewTemplates,
	...serviceTemplates,
};

export const renderTemplate = <K extends MailTemplate>(
	template: K,
	data: MailData[K],
): MailContent => TEMPLATES[template](data);
