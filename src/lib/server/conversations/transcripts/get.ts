import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { type Page, pageQuery } from '#lib/contract/common.ts';
import type { Transcript } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, readRows, runRead, runReads } from '#lib/server/core/db/reads.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { readDeliveries } from '#lib/server/delivery/webhooks/unchecked.ts';
import { readQuestions } from '#lib/server/sites/unchecked.ts';
import { presentEntry } from '#lib/server/team/audit/unchecked.ts';
import { readUsers } from '#lib/server/team/users/unchecked.ts';
import { readMessages } from '../messages/unchecked.ts';
import { readNotes } from '../notes/unchecked.ts';
import { getSession, type SessionHandle, type SessionRef } from '../sessions/index.ts';
import { readSessionsOfPerson, resolveHandle } from '../sessions/unchecked.ts';
import { readParts } from './parts.ts';

const MAX_DELIVERIES = 20;
const MAX_NOTES = 200;
const MAX_ACTIVITY = 100;

/** Returns a chat session with its lead, messages, reviews, flags and the pages that the visitor saw. Throws `not_found`. */
export async function getTranscript(ctx: Ctx, id: string): Promise<Transcript> {
	requireTeam(ctx, 'sessions:read');
	const session = await getSession(ctx, id);
	return { session, ...(await runReads(ctx.db, readTranscript(session), 'read_transcript')) };
}

/**
 * Loads the data for a chat session's page, and the users it can be assigned to, in two statements. Throws `not_found`.
 */
export async function openChat(ctx: Ctx, id: string) {
	requireTeam(ctx, 'sessions:read');
	requireTeam(ctx, 'leads:read');
	const session = await getSession(ctx, id);
	const { session_id } = session;
	const reads = {
		...readTranscript(session),
		questions: readQuestions(session.id),
		deliveries: readDeliveries({ session_id, limit: MAX_DELIVERIES }),
		notes: readNotes(session, { limit: MAX_NOTES }),
		activity: readActivity(session, { limit: MAX_ACTIVITY }),
		others: readSessionsOfPerson(session),
		users: readUsers(),
	};
	const { questions, deliveries, notes, activity, others, users, ...parts } = await runReads(
		ctx.db,
		reads,
		'open_chat',
	);
	return {
		chat: {
			transcript: { session, ...parts },
			questions: questions.map(({ key, label, is_required }) => ({ key, label, is_required })),
			deliveries: deliveries.items,
			notes: notes.items,
			activity: activity.items,
			others,
		},
		team: users.filter((user) => user.is_active).map(({ id, name }) => ({ id, name })),
	};
}

const readTranscript = (session: SessionHandle) => ({
	...readParts(session),
	messages: readMessages(session),
});

/** Returns a page of a chat session's audit entries, newest first. Throws `not_found`. */
export async function listActivity(
	ctx: Ctx,
	session: SessionRef,
	input: z.input<typeof pageQuery> = {},
): Promise<Page<AuditEntry>> {
	requireTeam(ctx, 'sessions:read');
	const query = parse(pageQuery, input);
	return runRead(ctx.db, readActivity(await resolveHandle(ctx, session), query));
}

/** Returns the query for a page of a chat session's audit entries, newest first. Doesn't check permissions. */
const readActivity = (
	{ id, session_id }: SessionHandle,
	{ limit, cursor }: Pick<z.output<typeof pageQuery>, 'limit' | 'cursor'>,
): Read<Page<AuditEntry>> =>
	readRows(
		audit_entries,
		sql`select * from audit_entries where ${and(
			eq(audit_entries.chat_session_id, id),
			cursor ? lt(audit_entries.id, decodeCursor(cursor).id) : undefined,
		)} order by ${desc(audit_entries.id)} limit ${limit + 1}`,
		(rows) => {
			const entries = rows.map((row) => presentEntry(row, session_id));
			return toPage(entries, limit, (entry) => entry.created_at);
		},
	);
