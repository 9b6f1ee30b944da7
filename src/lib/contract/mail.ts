import { z } from 'zod';
import { pageQuery, timestamp } from './common.ts';

const mailTemplate = z.enum([
	'review_issue',
	'review_fixed',
	'invitation',
	'password_reset',
	'alert',
	'endpoint_disabled',
	'daily_summary',
	'test',
]);
export type MailTemplate = z.infer<typeof mailTemplate>;

/** `outbox`: there is no mail account, so it waits on screen to be read or sent later. */
export const mailStatus = z.enum(['pending', 'sent', 'failed', 'outbox']);
export type MailStatus = z.infer<typeof mailStatus>;

/** One mail to one address, as it is listed. */
export const mail = z
	.object({
		id: z.number().int(),
		template: mailTemplate,
		to: z.string(),
		subject: z.string(),
		status: mailStatus,
		attempt_count: z.number().int(),
		next_attempt_at: timestamp.nullable(),
		last_error: z.string().nullable(),
		created_at: timestamp,
		sent_at: timestamp.nullable(),
	})
	.meta({ id: 'Mail' });
export type Mail = z.infer<typeof mail>;

/** A mail with what it says; a one-time link is shown only while the mail waits in the outbox. */
export const mailContent = mail
	.extend({ html: z.string(), text: z.string() })
	.meta({ id: 'MailContent' });
export type MailContent = z.infer<typeof mailContent>;

export const mailListQuery = pageQuery.extend({ status: mailStatus.optional() });
export type MailListQuery = z.input<typeof mailListQuery>;

/** Whether mail leaves the house, and as whom. */
export const mailState = z
	.object({ is_sending: z.boolean(), from: z.string().nullable() })
	.meta({ id: 'MailState' });
export type MailState = z.infer<typeof mailState>;
