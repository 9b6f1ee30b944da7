import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Turn } from './turn.ts';

/** If a lease isn't renewed for this long, its process is considered dead and the turn is recovered. */
export const LEASE_SECONDS = 12;
export const RENEW_INTERVAL_MS = 2_000;

const MAX_RECOVERED_PER_SITE = 100;
const MAX_RECOVERED = 1_000;

/**
 * Renews the leases of these turns and returns the IDs of turns that still own their chat sessions. Skips locked chat
 * sessions, so that they don't delay other renewals, but returns their turns too.
 */
export async function renewLeases(ctx: Ctx, turnIds: string[]): Promise<Set<string>> {
	const { rows } = await ctx.db.execute(sql`
		with unlocked as (
			select id from chat_sessions where turn_id = any(${sql.param(turnIds)}::uuid[])
			order by id for no key update skip locked
		), renewed as (
			update chat_sessions set turn_lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
			where id in (select id from unlocked) and not ai_paused
		)
		select turn_id from chat_sessions where turn_id = any(${sql.param(turnIds)}::uuid[]) and not ai_paused`);
	return new Set(rows.map((row) => String(row['turn_id'])));
}

/** Ends a turn's lease, so that another process can claim the turn immediately. */
export async function releaseLease(ctx: Ctx, { turn_id }: Turn): Promise<void> {
	await ctx.db.execute(
		sql`update chat_sessions set turn_lease_until = now() where turn_id = ${turn_id}::uuid`,
	);
}

/**
 * Makes turns due again that this process may have claimed without running them, because the database's response was lost.
 * Skips turns that another process has reclaimed since.
 */
export async function undoClaims(ctx: Ctx, turnIds: string[]): Promise<void> {
	await ctx.db.execute(sql`
		with owned as (
			select id, turn_id from chat_sessions where turn_id = any(${sql.param(turnIds)}::uuid[])
			order by id for no key update
		), undone as (
			delete from ai_turns t using owned where t.turn_id = owned.turn_id and t.tries = 1 and t.finished_at is null
			returning t.turn_id, t.after_message_id
		)
		update chat_sessions s set turn_id = null, turn_lease_until = null, is_awaiting_reply = true,
			answered_through_id = undone.after_message_id
		from undone where s.turn_id = undone.turn_id`);
}

const recoverableSchema = z.object({
	chat_session_id: z.coerce.number(),
	session_id: z.string(),
	site_id: z.coerce.number(),
	challenger_id: z.coerce.number().nullable(),
});

/**
 * Lists at most 1,000 chat sessions whose turn is pending or was running in a process that died. Takes from each site in
 * turn and excludes chats that this process has `queued`, so that one site whose AI hangs can't starve the others.
 * Expired leases count only if `isExpiryReliable`.
 */
export async function listRecoverable(
	ctx: Ctx,
	{ queued, isExpiryReliable }: { queued: number[]; isExpiryReliable: boolean },
): Promise<z.infer<typeof recoverableSchema>[]> {
	const { rows } = await ctx.db.execute(sql`
		select chat_session_id, session_id, site_id, challenger_id from (
			select id as chat_session_id, public_id as session_id, site_id,
				case when arm = 'challenger' then challenger_id end as challenger_id,
				row_number() over (partition by site_id, arm = 'challenger' order by id) as place
			from chat_sessions
			where (is_awaiting_reply or turn_id is not null) and not ai_paused
				and (turn_id is null or (turn_lease_until < now() and ${isExpiryReliable}))
				and last_activity_at < now() - interval '2 seconds'
				and not exists (
					select from unnest(${sql.param(queued)}::bigint[]) queued (id) where queued.id = chat_sessions.id
				)
		) ranked
		where place <= ${MAX_RECOVERED_PER_SITE} order by place, chat_session_id limit ${MAX_RECOVERED}`);
	return z.array(recoverableSchema).parse(rows);
}
