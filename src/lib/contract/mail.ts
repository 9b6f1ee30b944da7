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
	'weekly_report',
	'notification',
	'test',
]);
export type MailTemplate = z.infer<typeof mailTemplate>;

/** `outbox` means that no mail service is configured. The email can be read in the dashboard or sent later. */
export const mailStatus = z.enum(['pending', 'sent', 'failed', 'outbox']);
export type MailStatus = z.infer<typeof mailStatus>;

/** An email to one address, without its content. */
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

/** An email with its content. A one-time link is included only while the email is in the outbox. */
export const mailContent = mail
	.extend({ html: z.string(), text: z.string() })
	.meta({ id: 'MailContent' });
export type MailContent = z.infer<typeof mailContent>;

export const mailListQuery = pageQuery.extend({ status: mailStatus.optional() });
export type MailListQuery = z.input<typeof mailListQuery>;

/** Whether emails are sent, and from which address. */
const mailState = z
	.object({ is_sending: z.boolean(), from: z.string().nullable() })
	.meta({ id: 'MailState' });
export type MailState = z.infer<typeof mailState>;
