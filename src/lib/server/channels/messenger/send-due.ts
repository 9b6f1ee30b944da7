import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { storeResult } from '#lib/server/core/db/store-result.ts';
import { claim, send, type Claim } from './send.ts';
import { settle } from './settle.ts';
import { serverFingerprint } from './tokens.ts';

const AT_ONCE = 8;
/** Longer than a call can take: a claim that is older belongs to a process that died. */
const LEASE_MS = 60_000;

/** Sends every part that is due, in each conversation one after the other. Any number of processes may do this at once. */
export async function sendDueReplies(
	ctx: Ctx,
	signal: AbortSignal = new AbortController().signal,
): Promise<void> {
	const { messenger } = ctx.app.config;
	while (messenger && !signal.aborted) {
		const claims = await claimDue(ctx);
		if (claims.length === 0) return;
		await Promise.all(
			claims.map(async (claimed) => {
				const attempt = await send(ctx.app, claimed, signal);
				await storeResult(ctx.app.log, () => settle(ctx, claimed, attempt), { signal });
			}),
		);
	}
}

/** The first part that waits in every conversation, unless the page's present token was refused. */
async function claimDue(ctx: Ctx): Promise<Claim[]> {
	const token = serverFingerprint(ctx.app);
	const now = ctx.app.clock();
	const at = sql`${now.toISOString()}::timestamptz`;
	const lease = sql`${new Date(now.getTime() + LEASE_MS).toISOString()}::timestamptz`;
	const { rows } = await ctx.db.execute(sql`
		with due as (
			select m.id, t.page_id, t.psid, p.sealed_token, p.token_fingerprint, s.public_id, s.reply_until
			from messenger_sends m
			join messenger_threads t on t.chat_session_id = m.chat_session_id
			join messenger_pages p on p.page_id = t.page_id and p.refused_token is distinct from coalesce(p.token_fingerprint, ${token})
			join chat_sessions s on s.id = m.chat_session_id
			where m.status = 'pending' and m.next_attempt_at <= ${at} and (m.claimed_until is null or m.claimed_until <= ${at})
				and not exists (select from messenger_sends older where older.chat_session_id = m.chat_session_id
					and older.status = 'pending' and older.id < m.id)
			order by m.next_attempt_at, m.id limit ${AT_ONCE} for update of m skip locked
		)
		update messenger_sends m set claimed_until = ${lease}, attempt_count = m.attempt_count + 1
		from due where m.id = due.id
		returning m.id, m.chat_session_id, due.public_id as session_id, m.message_id, due.page_id, due.psid,
			due.sealed_token, due.token_fingerprint, m.metadata,
			m.text, m.quick_replies, due.reply_until, m.attempt_count as number`);
	return z.array(claim).parse(rows);
}
