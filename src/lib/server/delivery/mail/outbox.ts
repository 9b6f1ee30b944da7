import { eq, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { mails } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import type { Attempt, Outbox } from '#lib/server/core/outbox/outbox.ts';
import { claimRows, isDue } from '#lib/server/core/outbox/rows.ts';
import { presentMail } from './internal.ts';
import { mailClaim, type MailClaim, send } from './send.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const outbox: Outbox<MailClaim, Attempt> = {
	table: 'mails',
	// The service accepts a few requests a second.
	concurrency: 4,
	// All within a day: the service remembers an idempotency key for that long.
	retries: {
		pausesMs: [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR],
		jitter: 0.1,
		maxAskedMs: 6 * HOUR,
	},
	claim: (ctx, { room, inFlight }) =>
		claimRows(ctx, 'mails', {
			due: sql`select id from mails where ${isDue(ctx, inFlight)}
				order by next_attempt_at, id limit ${room} for update skip locked`,
			columns: sql`claimed."to", subject, html, text, sealed_link, idempotency_key`,
			schema: mailClaim,
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
			tx.app.log.error({ mail: id, error: row.last_error }, 'a mail could not be sent');
		}
	},
};

/** Sends every due mail; returns the number of attempts. */
export async function sendDueMails(ctx: Ctx, options: DrainOptions = {}): Promise<number> {
	if (ctx.app.config.mail) return drainOutbox(ctx, outbox, options);
	// Mail that was pending when the account was removed stays readable in the outbox.
	await ctx.db
		.update(mails)
		.set({ status: 'outbox', next_attempt_at: null, claimed_until: null })
		.where(eq(mails.status, 'pending'));
	return 0;
}
