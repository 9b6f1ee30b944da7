import { randomBytes } from 'node:crypto';
import { eq, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import { getPhotoPath } from '#lib/contract/user.ts';
import { seenPage, type SeenPage } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { decodeRow, type Read } from '#lib/server/core/db/reads.ts';
import { chat_sessions, leads, sites, users } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';

/** Creates a public chat session id with 144 random bits, which can't be guessed or enumerated. */
export const createSessionId = () => `session_${randomBytes(18).toString('base64url')}`;

/** Matches ids created by `createSessionId`. */
export const GENERATED_SESSION_ID = /^session_[\w-]{24}$/;

/** Returns a chat session by its public or numeric id. Throws `not_found`. */
export async function getSession(ctx: Ctx, id: string): Promise<Session> {
	requireVisitorOrTeam(ctx, id, 'sessions:read');
	const session = await findPresented(ctx.db, getIdKind(id), bySessionId(id));
	if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
	return session;
}

/** Returns a chat session by its public or numeric id, or undefined. Doesn't check permissions. */
export const findSession = (ctx: Ctx, id: string | number): Promise<Session | undefined> =>
	typeof id === 'number'
		? findPresented(ctx.db, 'id', byId(id))
		: findPresented(ctx.db, getIdKind(id), bySessionId(id));

/** The row id and the public id of a chat session that was already looked up, such as a `Session`. */
export interface SessionHandle {
	id: number;
	session_id: string;
}
/** Identifies a chat session by its public or numeric id, or by a handle, which costs no query. */
export type SessionRef = string | SessionHandle;

/** Returns the handle of a chat session. Throws `not_found`. Doesn't check permissions. */
export async function resolveHandle(ctx: Ctx, ref: SessionRef): Promise<SessionHandle> {
	if (typeof ref !== 'string') return ref;
	const { id, public_id } = await resolveSession(ctx, ref);
	return { id, session_id: public_id };
}

export type SessionRow = typeof chat_sessions.$inferSelect;

/** Returns a chat session's row by its public or numeric id, optionally locked. Throws `not_found`. Doesn't check permissions. */
export async function resolveSession(
	ctx: Ctx,
	id: string,
	lock?: 'key share' | 'no key update' | 'update',
): Promise<SessionRow> {
	const query = ctx.db.select().from(chat_sessions).where(bySessionId(id)).limit(1);
	const [row] = await (lock ? query.for(lock) : query)
		.prepare(`resolve_${getIdKind(id)}_${lock ?? 'unlocked'}`)
		.execute();
	if (!row) throw notFound(`chat session ${id.slice(0, 60)}`);
	return row;
}

/** A row of `selectSessions`. */
type SessionQueryRow = {
	session: typeof chat_sessions.$inferSelect;
	site_key: string;
	site_name: string;
	assignee_name: string | null;
	assignee_photo_key: string | null;
	visitor_name: string | null;
	has_contact: boolean;
	lead_score: number | null;
	last_author: string | null;
};

/** The name of the agent who wrote the latest message; looked up only if an agent did. */
const latestAuthor = sql<string | null>`case when chat_sessions.last_message_sender = 'agent' then (
	select coalesce(author.name, last.author_name) from messages last left join users author on author.id = last.user_id
	where last.id = chat_sessions.last_message_id) end`;

/** Returns the base query for all reads of chat sessions. Append a condition, an order and a limit. Doesn't check permissions. */
export function selectSessions(db: Db) {
	return db
		.select({
			session: chat_sessions,
			site_key: sites.key,
			site_name: sites.name,
			assignee_name: users.name,
			assignee_photo_key: users.photo_key,
			visitor_name: leads.name,
			has_contact: sql<boolean>`coalesce(${leads.email}, ${leads.phone}) is not null`,
			lead_score: leads.score,
			last_author: latestAuthor,
		})
		.from(chat_sessions)
		.innerJoin(sites, eq(sites.id, chat_sessions.site_id))
		.leftJoin(users, eq(users.id, chat_sessions.assignee_id))
		.leftJoin(leads, eq(leads.chat_session_id, chat_sessions.id))
		.$dynamic();
}

const sessionRowSchema = z.object({
	session: z.unknown(),
	site_key: z.string(),
	site_name: z.string(),
	assignee_name: z.string().nullable(),
	assignee_photo_key: z.string().nullable(),
	visitor_name: z.string().nullable(),
	has_contact: z.boolean(),
	lead_score: z.number().nullable(),
	last_author: z.string().nullable(),
});

/** Returns the query of `selectSessions` to run together with other reads. `rest` contains the condition, order and limit. */
export const readSessions = (rest: SQL): Read<Session[]> => ({
	query: sql`
		select to_json(chat_sessions.*) as session, sites.key as site_key, sites.name as site_name,
			users.name as assignee_name, users.photo_key as assignee_photo_key, leads.name as visitor_name, coalesce(leads.email, leads.phone) is not null as has_contact,
			leads.score as lead_score, ${latestAuthor} as last_author
		from chat_sessions join sites on sites.id = chat_sessions.site_id
		left join users on users.id = chat_sessions.assignee_id
		left join leads on leads.chat_session_id = chat_sessions.id ${rest}`,
	parse: (rows) =>
		z
			.array(sessionRowSchema)
			.parse(rows)
			.map((row) => presentSession({ ...row, session: decodeRow(chat_sessions, row.session) })),
});

const pageRowsSchema = z.array(z.object({ pages: z.array(seenPage) }));

/** Returns the query for the pages that the visitor saw during the chat. Doesn't check permissions. */
export const readPages = (id: number): Read<SeenPage[]> => ({
	query: sql`select pages from chat_sessions where id = ${id}`,
	parse: (rows) => pageRowsSchema.parse(rows)[0]?.pages ?? [],
});

/**
 * Returns one chat session, or undefined. Runs as a prepared statement, because every change to a chat session reads it
 * back. `by` names the statement for the condition. Doesn't check permissions.
 */
export async function findPresented(
	db: Db,
	by: IdKind | 'client_session_id',
	where: SQL | undefined,
): Promise<Session | undefined> {
	const query = selectSessions(db).where(where).limit(1);
	const [row] = await query.prepare(`session_by_${by}`).execute();
	return row && presentSession(row);
}

/** Returns a chat session in the contract's shape. */
export function presentSession(row: SessionQueryRow): Session {
	const { session } = row;
	const agent = getAgentName(row);
	return {
		id: session.id,
		session_id: session.public_id,
		site: row.site_key,
		site_name: row.site_name,
		channel: session.channel,
		completion_status: session.completion_status,
		completion_source: session.completion_source,
		completion_claimed: session.completion_claimed_at !== null,
		completions_undone: session.completions_undone,
		archive_status: session.archive_status,
		qa_status: session.qa_status,
		ai_engaged: session.ai_engaged,
		ai_paused: session.ai_paused,
		assignee:
			session.assignee_id === null
				? null
				: { id: session.assignee_id, name: row.assignee_name ?? '' },
		agent,
		agent_photo: agent === null ? null : getPhotoPath(row.assignee_photo_key),
		handoff_deadline_at: session.handoff_deadline_at?.toISOString() ?? null,
		is_rescued: session.is_rescued,
		version: session.version,
		arm: session.arm,
		visitor_name: row.visitor_name,
		has_contact: row.has_contact,
		lead_score: row.lead_score,
		message_count: session.message_count,
		visitor_message_count: session.visitor_message_count,
		ai_message_count: session.ai_message_count,
		last_message:
			session.last_message_id === null || session.last_message_sender === null
				? null
				: {
						id: session.last_message_id,
						sender: session.last_message_sender,
						message: session.last_message_preview ?? '',
						timestamp: (session.last_message_at ?? session.created_at).toISOString(),
						author: row.last_author,
					},
		context: session.context,
		created_at: session.created_at.toISOString(),
		last_activity_at: session.last_activity_at.toISOString(),
		completed_at: session.completed_at?.toISOString() ?? null,
		archived_at: session.archived_at?.toISOString() ?? null,
		consent: presentConsent(session),
		...(session.reply_until && { reply_until: session.reply_until.toISOString() }),
	};
}

/** Returns the name of the person who has taken over; null if the AI answers or the visitor waits for someone. */
export function getAgentName({
	session,
	assignee_name,
}: Pick<SessionQueryRow, 'session' | 'assignee_name'>): string | null {
	if (!session.ai_paused || session.handoff_deadline_at) return null;
	return assignee_name ?? session.agent_name ?? '';
}

function presentConsent({
	consent_version,
	consented_at,
}: SessionQueryRow['session']): Session['consent'] {
	if (!consent_version || !consented_at) return null;
	return { version: consent_version.toISOString(), accepted_at: consented_at.toISOString() };
}

type IdKind = 'id' | 'public_id' | 'none';

/** Returns the kind of condition that `bySessionId` builds. Each needs its own prepared statement. */
function getIdKind(id: string): IdKind {
	if (/^\d{1,15}$/.test(id)) return 'id';
	return sessionId.safeParse(id).success ? 'public_id' : 'none';
}

/** Returns a condition that matches a public id or a numeric id as text, and nothing for any other text. */
export function bySessionId(id: string): SQL {
	switch (getIdKind(id)) {
		case 'id':
			return byId(Number(id));
		case 'public_id':
			return eq(chat_sessions.public_id, id);
		case 'none':
			return sql`false`;
	}
}

export const byId = (id: number) => eq(chat_sessions.id, id);
