import { z } from 'zod';
import type { App } from '#lib/server/core/context.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { Attempt } from '#lib/server/core/outbox/outbox.ts';
import { claim } from '#lib/server/core/outbox/rows.ts';
import { readRetryAfter } from '#lib/server/core/retries.ts';
import { openBodies } from './internal.ts';

const TOTAL_MS = 15_000;

export const mailClaim = claim.extend({
	to: z.string(),
	subject: z.string(),
	html: z.string(),
	text: z.string(),
	sealed_link: z.string().nullable(),
	idempotency_key: z.string(),
});
/** A mail that only this process may send now. */
export type MailClaim = z.infer<typeof mailClaim>;

/**
 * Hands one mail to the service; never throws. Every attempt has the same idempotency key, so that the mail is accepted
 * once.
 */
export async function send(app: App, claim: MailClaim, signal: AbortSignal): Promise<Attempt> {
	try {
		return await call(app, claim, signal);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { result: 'failed', error: message };
	}
}

async function call(app: App, claim: MailClaim, stopping: AbortSignal): Promise<Attempt> {
	const account = app.config.mail;
	if (!account) throw new Error('there is no mail account');
	const bodies = openBodies(app, claim);
	// Loaded on demand: an installation without a mail account does not need it.
	const { Resend } = await import('resend');
	const resend = new Resend(account.apiKey, { baseUrl: account.baseUrl });
	const { error, headers } = await resend.emails.send(
		{ from: account.from, to: claim.to, subject: claim.subject, ...bodies },
		{
			idempotencyKey: claim.idempotency_key,
			signal: AbortSignal.any([stopping, AbortSignal.timeout(TOTAL_MS)]),
		},
	);
	if (!error) return { result: 'sent', error: null };
	const { statusCode: status, name, message } = error;
	const hasNoAnswer = status === null;
	const isRetryable = hasNoAnswer || isTransient(status, name);
	return {
		result: hasNoAnswer && stopping.aborted ? 'released' : isRetryable ? 'retry' : 'failed',
		error: cleanText(
			hasNoAnswer ? 'the mail service did not answer' : `${status}: ${message}`,
		).slice(0, 500),
		retry_after_ms: readRetryAfter(headers?.['retry-after'] ?? null, app.clock()),
	};
}

const isTransient = (status: number, name: string) =>
	status === 408 || status === 429 || status >= 500 || name === 'concurrent_idempotent_requests';
