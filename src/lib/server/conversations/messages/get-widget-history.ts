import { z } from 'zod';
import { completionStatus } from '#lib/contract/common.ts';
import { getPhotoPath } from '#lib/contract/user.ts';
import { toWidgetMessage, type History } from '#lib/contract/widget.ts';
import type { Core, Ctx } from '#lib/server/core/context.ts';
import { BatchReader } from '#lib/server/core/db/batch-reader.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { executePrepared, hideLength } from '#lib/server/core/db/transaction.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { presentMessage, SELECT_MESSAGES, storedMessages, TRANSCRIPT_LIMIT } from './read.ts';

/**
 * The maximum size of a history's messages in bytes: several times that of 500 average messages. One query reads many
 * histories, so a chat full of long messages would otherwise slow down the others.
 */
const MAX_BYTES = 256 * 1024;

type HistoryReader = BatchReader<{ session_id: string; after?: number }, History>;

/**
 * Returns the chat session and its messages as the widget shows them, optionally only those after a message id. Includes the newest
 * messages, up to 2,000 and 256 KB of text. Concurrent requests share one query. Throws `not_found`.
 */
export async function getWidgetHistory(
	ctx: Ctx,
	sessionId: string,
	after?: number,
): Promise<History> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:read');
	const history = await ctx.app.historyReader.read({ session_id: sessionId, after });
	if (!history) throw notFound(`chat session ${sessionId.slice(0, 60)}`);
	return history;
}

/** Creates the reader that combines concurrent requests, as after a restart, into one query. */
export const createHistoryReader = ({ db }: Core): HistoryReader =>
	new BatchReader((requests) => readHistories(db, requests));

/**
 * Selects one row per existing chat session, with the columns that its visitor may see and its newest messages up to the
 * limits on their count and size. Uses the index messages_transcript.
 */
const READ_HISTORIES = `
	select request.ord::int as ord, c.public_id as session_id, c.completion_status, c.created_at,
		case when c.consented_at is not null then c.consent_version end as consent_version,
		case when c.ai_paused and c.handoff_deadline_at is null then coalesce(assignee.name, c.agent_name, '') end as agent,
		case when c.ai_paused and c.handoff_deadline_at is null then assignee.photo_key end as photo_key,
		c.handoff_deadline_at,
		coalesce(lead.email, lead.phone) is not null as has_contact,
		(select coalesce(json_agg(shown order by shown.id), '[]') from (
			${SELECT_MESSAGES}
			where m.chat_session_id = c.id and m.id > coalesce(request.after, 0) and m.id > coalesce((
				select max(id) from (
					select id, row_number() over newest as count, sum(octet_length(message)) over newest as bytes
					from (
						select id, message from messages
						where chat_session_id = c.id and id > coalesce(request.after, 0)
						order by id desc limit ${TRANSCRIPT_LIMIT + 1}
					) newest_messages window newest as (order by id desc)
				) running_totals where count > ${TRANSCRIPT_LIMIT} or bytes > ${MAX_BYTES}
			), 0)
			order by m.id
		) shown) as messages
	from unnest(${hideLength('$1::text[]')}, $2::bigint[]) with ordinality as request (session_id, after, ord)
	join chat_sessions c on c.public_id = request.session_id
	left join users assignee on assignee.id = c.assignee_id
	left join leads lead on lead.chat_session_id = c.id`;

const historyRows = z.array(
	z.object({
		ord: z.number(),
		session_id: z.string(),
		completion_status: completionStatus,
		created_at: z.coerce.date(),
		consent_version: z.coerce.date().nullable(),
		agent: z.string().nullable(),
		photo_key: z.string().nullable(),
		handoff_deadline_at: z.coerce.date().nullable(),
		has_contact: z.boolean(),
		messages: storedMessages,
	}),
);

/** Returns one history per request, in order; undefined where the chat session doesn't exist. */
async function readHistories(
	db: Db,
	requests: { session_id: string; after?: number }[],
): Promise<(History | undefined)[]> {
	const values = [
		requests.map(({ session_id }) => session_id),
		requests.map(({ after }) => after ?? null),
	];
	const rows = await executePrepared(db, 'read_histories', READ_HISTORIES, values);
	const histories: (History | undefined)[] = requests.map(() => undefined);
	for (const { ord, messages, photo_key, ...session } of historyRows.parse(rows)) {
		histories[ord - 1] = {
			session: {
				...session,
				agent_photo: getPhotoPath(photo_key),
				created_at: session.created_at.toISOString(),
				handoff_deadline_at: session.handoff_deadline_at?.toISOString() ?? null,
				consent_version: session.consent_version?.toISOString() ?? null,
			},
			messages: messages.map((message) => toWidgetMessage(presentMessage(message))),
		};
	}
	return histories;
}

declare module '#lib/server/core/context.ts' {
	interface App {
		historyReader: HistoryReader;
	}
}
