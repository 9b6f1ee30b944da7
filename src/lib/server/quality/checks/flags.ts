import { eq, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
	flagPatch,
	getRuleTitle,
	type Flag,
	type FlagPatch,
	type QuotedFlag,
} from '#lib/contract/check.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { decodeRow, type Read, readRows, runRead } from '#lib/server/core/db/reads.ts';
import { chat_flags } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { SessionHandle } from '#lib/server/conversations/sessions/index.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';

type FlagRow = typeof chat_flags.$inferSelect;

/** The maximum number of flags returned per chat; no chat can have more. */
const MAX_FLAGS = 200;
const MAX_QUOTE_LENGTH = 300;

const presentFlag = (row: FlagRow): Flag => ({
	id: row.id,
	rule: row.rule,
	title: getRuleTitle(row.rule),
	source: row.source,
	message_id: row.message_id,
	reason: row.reason,
	verdict: row.verdict,
	dismissed: row.dismissed_at && {
		by: row.dismissed_by ?? '',
		at: row.dismissed_at.toISOString(),
	},
	created_at: row.created_at.toISOString(),
});

/** Returns a query for a chat session's flags, in message order. Doesn't check permissions. */
export const readFlags = ({ id }: Pick<SessionHandle, 'id'>): Read<Flag[]> =>
	readRows(
		chat_flags,
		sql`select * from chat_flags where chat_session_id = ${id} order by message_id nulls last, id limit ${MAX_FLAGS}`,
		(rows) => rows.map(presentFlag),
	);

const quoteRow = z.object({ quote: z.string().nullable() });

/**
 * Returns a query for the flags of several chat sessions that are not dismissed, each with a quote from its message, by the
 * chat session's row ID. Doesn't check permissions.
 */
export const readOpenFlags = (ids: number[]): Read<Map<number, QuotedFlag[]>> => ({
	query: sql`
		select f.*, left(m.message, ${MAX_QUOTE_LENGTH}) as quote from chat_flags f left join messages m on m.id = f.message_id
		where f.chat_session_id = any(${sql.param(ids)}::bigint[]) and f.dismissed_at is null
		order by f.message_id nulls last, f.id`,
	parse: (rows) => {
		const flags = new Map<number, QuotedFlag[]>();
		for (const row of rows) {
			const flag = decodeRow(chat_flags, row);
			const quotedFlag = { ...presentFlag(flag), quote: quoteRow.parse(row).quote };
			flags.set(flag.chat_session_id, [...(flags.get(flag.chat_session_id) ?? []), quotedFlag]);
		}
		return flags;
	},
});

/**
 * Dismisses or restores a flag, and returns all flags of the chat session. Idempotent.
 * Throws `not_found`.
 */
export async function updateFlag(
	ctx: Ctx,
	sessionId: string,
	flagId: number,
	input: FlagPatch,
): Promise<Flag[]> {
	requireTeam(ctx, 'sessions:write');
	const { dismissed } = parse(flagPatch, input);
	return inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, sessionId, 'no key update');
		const flags = await runRead(tx.db, readFlags(session));
		const flag = flags.find(({ id }) => id === flagId);
		if (!flag) throw notFound('the flag');
		if (dismissed === (flag.dismissed !== null)) return flags;
		await (dismissed ? dismiss(tx, flagId) : restore(tx, flagId));
		const action = dismissed ? 'flag.dismissed' : 'flag.restored';
		const detail = { rule: flag.title };
		await audit(tx, { action, chat_session_id: session.id, detail });
		return publishFlags(tx, { id: session.id, session_id: session.public_id }, action);
	});
}

function dismiss({ db, app, actor }: Ctx, flagId: number) {
	const isUser = actor.type === 'user';
	return db
		.update(chat_flags)
		.set({
			dismissed_at: app.clock(),
			dismissed_by_id: isUser ? actor.id : null,
			dismissed_by: isUser || actor.type === 'api_key' ? actor.name : 'Frontdesk',
			verdict: 'rejected',
		})
		.where(eq(chat_flags.id, flagId));
}

const restore = ({ db }: Ctx, flagId: number) =>
	db.execute(sql`
		update chat_flags f set dismissed_at = null, dismissed_by_id = null, dismissed_by = null, verdict = ${REVIEW_VERDICT}
		where f.id = ${flagId}`);

/**
 * The verdict of the reviews since the latest reset on flag `f`: an issue confirms it, even if fixed since; a pass rejects
 * it. Reviews older than the flag are ignored.
 */
const REVIEW_VERDICT: SQL = sql`(
	select case when bool_or(r.qa_status = 'issue') then 'confirmed' when bool_or(r.qa_status = 'passed') then 'rejected' end
	from reviews r where r.chat_session_id = f.chat_session_id and r.created_at >= f.created_at and r.id > coalesce((
		select max(id) from reviews where chat_session_id = f.chat_session_id and qa_status = 'unchecked'), 0))`;

/** Stores whether a chat session is flagged, publishes its flags in the event `name`, and returns them. The caller must hold the lock on the row. */
export async function publishFlags(
	tx: Ctx,
	{ id, session_id }: SessionHandle,
	name: 'session.flagged' | 'flag.dismissed' | 'flag.restored',
): Promise<Flag[]> {
	const flags = await runRead(tx.db, readFlags({ id }));
	const isFlagged = flags.some(({ dismissed }) => dismissed === null);
	await tx.db.execute(sql`
		update chat_sessions set is_flagged = ${isFlagged} where id = ${id} and is_flagged <> ${isFlagged}`);
	await record(tx, name, { session_id, flags });
	return flags;
}

const idRow = z.tuple([z.object({ id: z.coerce.number() })]).rest(z.unknown());

/** Subscribes to reviews, to update the verdicts of flags in the same transaction. */
export function subscribeChecks({ events }: App): void {
	events.onRecorded('review.submitted', async (tx, { session_id }) => {
		const { rows } = await tx.db.execute(sql`
			with judged as (
				update chat_flags f set verdict = ${REVIEW_VERDICT}
				where f.chat_session_id = (select id from chat_sessions where public_id = ${session_id})
					and f.dismissed_at is null
				returning f.chat_session_id
			)
			select distinct chat_session_id as id from judged`);
		if (rows.length === 0) return;
		const [{ id }] = idRow.parse(rows);
		await publishFlags(tx, { id, session_id }, 'session.flagged');
	});
}
