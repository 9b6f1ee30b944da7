import { eq, sql } from 'drizzle-orm';
import type { Ctx, App } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import {
	type AttemptResult,
	claimSchema,
	claimRows,
	type Outbox,
} from '#lib/server/core/outbox/outbox.ts';
import { presentMail, createBodies } from './internal.ts';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import { HOUR, MINUTE, parseRetryAfter, SECOND } from '#lib/server/core/retries.ts';

const TIMEOUT_MS = 15_000;

const mailClaimSchema = claimSchema.extend({
	to: z.string(),
	subject: z.string(),
	html: z.string(),
	text: z.string(),
	sealed_link: z.string().nullable(),
	unsubscribe_url: z.string().nullable(),
	idempotency_key: z.string(),
});
/** A mail that this process has claimed for sending. */
type MailClaim = z.infer<typeof mailClaimSchema>;

/**
 * Sends one mail to the mail service. Never throws. Every attempt has the same idempotency key, so that the mail is accepted
 * only once.
 */
async function send(app: App, claim: MailClaim, signal: AbortSignal): Promise<AttemptResult> {
	try {
		return await callService(app, claim, signal);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { result: 'failed', error: message };
	}
}

async function callService(
	app: App,
	claim: MailClaim,
	stopSignal: AbortSignal,
): Promise<AttemptResult> {
	const account = app.config.mail;
	if (!account) throw new Error('there is no mail account');
	const bodies = createBodies(app, claim);
	// Loaded on demand, because an installation without a mail account doesn't need it.
	const { Resend } = await import('resend');
	const resend = new Resend(account.apiKey, { baseUrl: account.baseUrl });
	const { error, headers } = await resend.emails.send(
		{
			from: account.from,
			to: claim.to,
			subject: claim.subject,
			...bodies,
			...getUnsubscribeHeaders(claim),
		},
		{
			idempotencyKey: claim.idempotency_key,
			signal: AbortSignal.any([stopSignal, AbortSignal.timeout(TIMEOUT_MS)]),
		},
	);
	if (!error) return { result: 'sent', error: null };
	const { statusCode: status, name, message } = error;
	const hasNoResponse = status === null;
	const isRetryable = hasNoResponse || isTransient(status, name);
	return {
		result: hasNoResponse && stopSignal.aborted ? 'released' : isRetryable ? 'retry' : 'failed',
		error: cleanText(
			hasNoResponse ? 'the mail service did not respond' : `${status}: ${message}`,
		).slice(0, 500),
		retry_after_ms: parseRetryAfter(headers?.['retry-after'] ?? null, app.clock()),
	};
}

/** Returns the headers that let mail clients unsubscribe in one click (RFC 8058). */
const getUnsubscribeHeaders = ({ unsubscribe_url: url }: MailClaim) =>
	url === null
		? {}
		: {
				headers: {
					'List-Unsubscribe': `<${url}>`,
					'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
				},
			};

const isTransient = (status: number, name: string) =>
	status === 408 || status === 429 || status >= 500 || name === 'concurrent_idempotent_requests';

const outbox: Outbox<MailClaim, AttemptResult> = {
	table: 'mails',
	// Low, because the service's rate limit is a few requests per second.
	concurrency: 4,
	// All retries are within 24 hours, because the service stores idempotency keys for that long.
	retries: {
		pausesMs: [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR],
		jitter: 0.1,
		maxRetryAfterMs: 6 * HOUR,
	},
	claim: (ctx, request) =>
		claimRows(ctx, 'mails', {
			due: request,
			columns: sql`claimed."to", subject, html, text, sealed_link, unsubscribe_url, idempotency_key`,
			schema: mailClaimSchema,
		}),
	send,
	changes(_, { result, error }) {
		if (result === 'released') return [];
		const link = result === 'sent' ? [sql`sealed_link = null`] : [];
		return [sql`last_error = ${error}`, ...link];
	},
	async afterSettle(tx, { id }, _, status) {
		if (status === undefined) return;
		const [row] = await tx.db.select().from(mails).where(eq(mails.id, id));
		if (!row) return;
		await record(tx, 'mail.updated', { mail: presentMail(row) });
		if (status === 'failed') {
			tx.app.log.error({ mail: id, error: row.last_error }, 'failed to send a mail');
		}
	},
};

/** Sends every due mail. Returns the number of attempts. */
export async function sendDueMails(ctx: Ctx, options: DrainOptions = {}): Promise<number> {
	if (ctx.app.config.mail) return drainOutbox(ctx, outbox, options);
	// Mail that was pending when the account was removed stays readable in the outbox.
	await ctx.db
		.update(mails)
		.set({ status: 'outbox', next_attempt_at: null, claimed_until: null })
		.where(eq(mails.status, 'pending'));
	return 0;
}
