import { z } from 'zod';
import { completionStatus } from '#lib/contract/common.ts';
import { toWidgetMessage, type History } from '#lib/contract/widget.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';
import { TRANSCRIPT_LIMIT } from './list.ts';
import { presentMessage, SELECT_MESSAGES, storedMessages } from './present.ts';

/** One row for each that is there: the chat session as its visitor may see it, and its messages by messages_transcript. */
const READ_HISTORIES = `
	select asked.ord::int as ord, c.public_id as session_id, c.completion_status, c.created_at,
		case when c.consented_at is not null then c.consent_version end as consent_version,
		case when c.ai_paused then coalesce(assignee.name, '') end as agent,
		coalesce(lead.email, lead.phone) is not null as has_contact,
		(select coalesce(json_agg(shown order by shown.id), '[]') from (
			${SELECT_MESSAGES}
			where m.chat_session_id = c.id and m.id > coalesce(asked.after, (
				select id from messages where chat_session_id = c.id order by id desc offset ${TRANSCRIPT_LIMIT} limit 1
			), 0)
			order by m.id limit ${TRANSCRIPT_LIMIT}
		) shown) as messages
	from unnest($1::text[], $2::bigint[]) with ordinality as asked (session_id, after, ord)
	join chat_sessions c on c.public_id = asked.session_id
	left join users assignee on assignee.id = c.assignee_id
	left join leads lead on lead.chat_session_id = c.id`;

const storedHistories = z.array(
	z.object({
		ord: z.number(),
		session_id: z.string(),
		completion_status: completionStatus,
		created_at: z.coerce.date(),
		consent_version: z.coerce.date().nullable(),
		agent: z.string().nullable(),
		has_contact: z.boolean(),
		messages: storedMessages,
	}),
);

/** The histories of chat sessions by their public ids, in the order asked; undefined where there is none. */
export async function readHistories(
	db: Db,
	asked: { session_id: string; after?: number }[],
): Promise<(History | undefined)[]> {
	const values = [
		asked.map(({ session_id }) => session_id),
		asked.map(({ after }) => after ?? null),
	];
	const rows = await executePrepared(db, 'read_histories', READ_HISTORIES, values);
	const histories: (History | undefined)[] = asked.map(() => undefined);
	for (const { ord, messages, ...session } of storedHistories.parse(rows)) {
		histories[ord - 1] = {
			session: {
				...session,
				created_at: session.created_at.toISOString(),
				consent_version: session.consent_version?.toISOString() ?? null,
			},
			messages: messages.map((message) => toWidgetMessage(presentMessage(message))),
		};
	}
	return histories;
}
