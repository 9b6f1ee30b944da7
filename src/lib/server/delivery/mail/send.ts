import type { App } from '#lib/server/core/context.ts';
import { cleanText } from '#lib/contract/text.ts';
import { readRetryAfter } from '#lib/server/core/retry-after.ts';
import type { Claim } from './claim.ts';
import { openBodies } from './internal.ts';

const TOTAL_MS = 15_000;

/** What came of one attempt. */
export interface Attempt {
	/** null: it was taken. */
	error: string | null;
	/** Whether another attempt may do better. */
	is_worth_retrying: boolean;
	retry_after_ms?: number;
	/** The call was broken off because this process stops. */
	is_cut_off?: boolean;
}

/** Hands one mail to the service; never throws. The same idempotency key every time: it is taken once. */
export async function send(app: App, claim: Claim, stopping: AbortSignal): Promise<Attempt> {
	try {
		return await call(app, claim, stopping);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { error: message, is_worth_retrying: false };
	}
}

async function call(app: App, claim: Claim, stopping: AbortSignal): Promise<Attempt> {
	const account = app.config.mail;
	if (!account) throw new Error('there is no mail account');
	const bodies = openBodies(app, claim);
	// Loaded here: an installation without a mail account needs none of it.
	const { Resend } = await import('resend');
	const resend = new Resend(account.apiKey, { baseUrl: account.baseUrl });
	const { error, headers } = await resend.emails.send(
		{ from: account.from, to: claim.to, subject: claim.subject, ...bodies },
		{
			idempotencyKey: claim.idempotency_key,
			signal: AbortSignal.any([stopping, AbortSignal.timeout(TOTAL_MS)]),
		},
	);
	if (!error) return { error: null, is_worth_retrying: false };
	const { statusCode: status, message } = error;
	return {
		error: cleanText(
			status === null ? 'the mail service did not answer' : `${status}: ${message}`,
		).slice(0, 500),
		is_worth_retrying: status === null || isPassing(status, error.name),
		retry_after_ms: readRetryAfter(headers?.['retry-after'] ?? null, app.clock()),
		is_cut_off: status === null && stopping.aborted,
	};
}

const isPassing = (status: number, name: string) =>
	status === 408 || status === 429 || status >= 500 || name === 'concurrent_idempotent_requests';
