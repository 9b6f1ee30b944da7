import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { visitorInput, type Visitor, type VisitorInput } from '#lib/contract/visitor.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireRecentSignIn, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { writeSessionJson } from '#lib/server/conversations/transcripts/unchecked.ts';
import { findChats } from './find.ts';

/** The maximum number of rows of one kind per chat. Only abuse creates more. */
const MAX_ROWS = 1_000;

/**
 * Returns all data stored about a visitor as one JSON object in chunks: every chat with messages, lead, notes, reviews, pages,
 * deliveries, mails and audit entries. Throws `not_found`, `invalid` and `conflict` before the first chunk.
 */
export async function exportVisitor(
	ctx: Ctx,
	input: VisitorInput,
): Promise<AsyncGenerator<string, void, void>> {
	requireTeam(ctx, 'sessions:read');
	requireRecentSignIn(ctx);
	const visitor = parse(visitorInput, input);
	const ids = await findChats(ctx, visitor);
	if (ids.length === 0) throw notFound(`a visitor with this ${describeKey(visitor)}`);
	await audit(ctx, { action: 'visitor.exported', detail: { chats: ids.length } });
	return generateJson(ctx, ids);
}

const describeKey = (visitor: Visitor) =>
	'session_id' in visitor ? 'chat' : 'email' in visitor ? 'email' : 'phone number';

async function* generateJson(ctx: Ctx, ids: number[]) {
	yield `{"exported_at":${JSON.stringify(ctx.app.clock())},"chats":[`;
	let comma = '';
	for (const id of ids) {
		const chat = await writeChat(ctx, id);
		if (!chat) continue;
		yield comma;
		yield* chat;
		comma = ',';
	}
	yield ']}\n';
}

/** Returns the JSON of a chat in chunks; undefined if it was deleted in the meantime. */
async function writeChat(ctx: Ctx, id: number) {
	const data = await findOtherData(ctx, id);
	try {
		return data && (await writeSessionJson(ctx, String(id), { ...data }));
	} catch (error) {
		if (error instanceof AppError && error.code === 'not_found') return undefined;
		throw error;
	}
}

const rowsSchema = z.array(z.record(z.string(), z.unknown()));
const chatDataSchema = z.object({
	pages: rowsSchema,
	greeting_variant: z.string().nullable(),
	messenger: z.record(z.string(), z.unknown()).nullable(),
	deliveries: rowsSchema,
	mails: rowsSchema,
	turns: rowsSchema,
	errors: rowsSchema,
	activity: rowsSchema,
	outcomes: rowsSchema,
	traces: rowsSchema,
});
/** Returns the data of a chat session that its own export leaves out, the latest 1,000 rows of each kind. */
async function findOtherData(
	ctx: Ctx,
	id: number,
): Promise<z.infer<typeof chatDataSchema> | undefined> {
	const selectLatest = (columns: string, table: string) => sql`coalesce((
		select json_agg(x order by x.id) from (
			select ${sql.raw(columns)} from ${sql.identifier(table)} where chat_session_id = ${id} order by id desc limit ${MAX_ROWS}
		) x), '[]')`;
	const { rows } = await ctx.db.execute(sql`
		select s.pages, s.greeting_variant,
			(select json_build_object('page_id', t.page_id, 'psid', t.psid) from messenger_threads t
				where t.chat_session_id = s.id) as messenger,
			${selectLatest('id, event, status, created_at, delivered_at, body', 'deliveries')} as deliveries,
			${selectLatest('id, template, "to", subject, text, status, created_at, sent_at', 'mails')} as mails,
			${selectLatest('id, action, connector, started_at, finished_at, outcome, execution_id, asked, version, unanswered, notes', 'ai_turns')} as turns,
			${selectLatest('id, workflow, node, message, stack, execution_id, created_at', 'automation_errors')} as errors,
			${selectLatest('id, action, actor_type, actor_name, detail, created_at', 'audit_entries')} as activity,
			${selectLatest('id, stage, value, currency, reason, occurred_at, actor_name, created_at, cleared_at', 'lead_outcomes')} as outcomes,
			coalesce((select json_agg(x order by x.turn_row) from (
				select t.id as turn_row, a.* from ai_turns t join ai_traces a on a.turn_id = t.turn_id
				where t.chat_session_id = ${id} order by t.id desc limit ${MAX_ROWS}
			) x), '[]') as traces
		from chat_sessions s where s.id = ${id}`);
	return z.array(chatDataSchema).parse(rows)[0];
}
