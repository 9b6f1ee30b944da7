import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

/** Longer than a call can take: a claim that is older belongs to a process that died. */
const LEASE_MS = 60_000;

const claim = z.object({
	id: z.coerce.number(),
	to: z.string(),
	subject: z.string(),
	html: z.string(),
	text: z.string(),
	sealed_link: z.string().nullable(),
	idempotency_key: z.string(),
	schedule_step: z.number(),
	/** The attempt's number; who holds the newest one holds the mail. */
	number: z.number(),
});
/** A mail that this process alone may send now. */
export type Claim = z.infer<typeof claim>;

/** Takes up to `room` mails that are due, the longest due first. */
export async function claimDue(ctx: Ctx, room: number): Promise<Claim[]> {
	const now = ctx.app.clock();
	const at = sql`${now.toISOString()}::timestamptz`;
	const lease = sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;
	const { rows } = await ctx.db.execute(sql`
		with due as (
			select id from mails
			where status = 'pending' and next_attempt_at <= ${at} and (claimed_until is null or claimed_until <= ${at})
			order by next_attempt_at, id limit ${room}
			for update skip locked
		)
		update mails m set claimed_until = ${lease}, attempt_count = m.attempt_count + 1
		from due where m.id = due.id
		returning m.id, m."to", m.subject, m.html, m.text, m.sealed_link, m.idempotency_key, m.schedule_step,
			m.attempt_count as number`);
	return z.array(claim).parse(rows);
}
