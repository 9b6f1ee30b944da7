import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Question } from '#lib/contract/site.ts';
import { UNKNOWN_QUESTION } from '#lib/contract/statistics-rows.ts';
import type { App, Ctx } from '../core/context.ts';

/**
 * Marks chat sessions as due for statistics, in the transaction of the event that changes them. Messages and turns do so in
 * their own statements; deletions are visible in `counted_sessions`.
 */
export function subscribeStatistics({ events }: App): void {
	events.onRecorded('session.created', async (ctx, { session }) => {
		if (session.channel !== 'test') await startCounting(ctx, session.id);
	});
	events.onRecorded('session.updated', async (ctx, { session }) => {
		if (session.channel === 'test') return;
		if (session.completion_status === 'abandoned') await storeLastQuestion(ctx, session.id);
		if (isAlreadyDue(ctx, session.session_id)) return;
		await ctx.db.execute(sql`insert into statistics_due (chat_session_id) values (${session.id})`);
	});
	events.onRecorded('lead.updated', (ctx, { session_id }) => markDue(ctx, session_id));
	events.onRecorded('lead.outcome', (ctx, { session_id }) => markDue(ctx, session_id));
	events.onRecorded('lead.outcome_cleared', (ctx, { session_id }) => markDue(ctx, session_id));
	events.onRecorded('delivery.updated', async (ctx, { delivery }) => {
		const { status, event } = delivery;
		const isCounted =
			status === 'delivered' && (event === 'lead.completed' || event === 'lead.updated');
		if (isCounted && delivery.session_id !== null) await markDue(ctx, delivery.session_id);
	});
}

/**
 * Creates the `counted_sessions` row together with the chat session, because creating it later would lock the session and
 * block its messages.
 */
async function startCounting(ctx: Ctx, id: number): Promise<void> {
	await ctx.db.execute(sql`
		with counted as (insert into counted_sessions (chat_session_id) values (${id}) on conflict do nothing)
		insert into statistics_due (chat_session_id) values (${id})`);
}

/** Returns whether an earlier event of this transaction has already marked the chat session as due. */
const isAlreadyDue = ({ pending = [] }: Ctx, sessionId: string): boolean =>
	pending.some(({ name, payload }) =>
		name === 'session.created' || name === 'session.updated'
			? payload.session.session_id === sessionId
			: name === 'lead.updated' && payload.session_id === sessionId,
	);

async function markDue(ctx: Ctx, session_id: string): Promise<void> {
	if (isAlreadyDue(ctx, session_id)) return;
	await ctx.db.execute(sql`
		insert into statistics_due (chat_session_id)
		select id from chat_sessions where public_id = ${session_id} and channel <> 'test'`);
}

const abandonedSession = z.object({
	questions: z.custom<Question[]>(Array.isArray),
	answered: z.array(z.string()),
	last_reply: z.string().nullable(),
	asked_by_last_reply: z.string().nullable(),
	asked_last: z.string().nullable(),
});

/** Stores the question that an abandoned chat session ended on. */
async function storeLastQuestion(ctx: Ctx, chatSessionId: number): Promise<void> {
	const { rows } = await ctx.db.execute(sql`
		select site.questions, last.message as last_reply, last.asked as asked_by_last_reply, (
			select t.asked from ai_turns t where t.chat_session_id = s.id and t.outcome = 'ok' and t.asked is not null
			order by t.id desc limit 1
		) as asked_last, array(
			select jsonb_object_keys(l.answers || jsonb_strip_nulls(jsonb_build_object('name', l.name,
				'email', l.email, 'phone', l.phone, 'company', l.company)))
			from leads l where l.chat_session_id = s.id
		) as answered
		from chat_sessions s join sites site on site.id = s.site_id
		left join lateral (
			select m.message, t.asked from messages m left join ai_turns t on t.turn_id = m.turn_id
			where m.chat_session_id = s.id and m.sender = 'ai' order by m.id desc limit 1
		) last on true
		where s.id = ${chatSessionId}`);
	const [row] = z.array(abandonedSession).parse(rows);
	if (!row) return;
	const key = findLastQuestion(row);
	await ctx.db.execute(sql`
		update chat_sessions set last_question = ${key}
		where id = ${chatSessionId} and last_question is distinct from ${key}`);
}

/** The minimum length of quoted prompts and labels. Shorter ones, such as "Name", appear in replies by chance. */
const MIN_QUOTE_LENGTH = 9;

const normalize = (text: string) =>
	text
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();

/**
 * Returns the key of the question that a chat ended on: as its AI reported it, else the unanswered one that its last reply
 * quotes. Empty when nothing was left open, and `UNKNOWN_QUESTION` when the AI reported nothing and quotes none.
 */
export function findLastQuestion({
	questions,
	answered,
	last_reply,
	asked_by_last_reply,
	asked_last,
}: z.infer<typeof abandonedSession>): string {
	if (asked_by_last_reply !== null) return asked_by_last_reply;
	if (asked_last !== null) return answered.includes(asked_last) ? '' : asked_last;
	const openQuestions = questions.filter(({ key }) => !answered.includes(key));
	if (openQuestions.length === 0) return '';
	const reply = normalize(last_reply ?? '');
	const quotedQuestion = openQuestions.findLast(({ label, prompt }) =>
		[prompt ?? '', label]
			.map(normalize)
			.some((text) => text.length >= MIN_QUOTE_LENGTH && reply.includes(text)),
	);
	return quotedQuestion?.key ?? UNKNOWN_QUESTION;
}
