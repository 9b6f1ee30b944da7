import { sql } from 'drizzle-orm';
import type { App, Ctx } from '../core/context.ts';
import { noteLastQuestion } from './note-last-question.ts';

/**
 * Marks chat sessions to be counted again, in the transaction of the event that changes what they count as. Messages and
 * turns do so in their own statements; a deletion is visible in counted_sessions.
 */
export function subscribeStatistics({ events }: App): void {
	events.onRecorded('session.created', async (ctx, { session }) => {
		if (session.channel !== 'test') await startCounting(ctx, session.id);
	});
	events.onRecorded('session.updated', async (ctx, { session }) => {
		if (session.channel === 'test') return;
		if (session.completion_status === 'abandoned') await noteLastQuestion(ctx, session.id);
		if (isDueAlready(ctx, session.session_id)) return;
		await ctx.db.execute(sql`insert into statistics_due (chat_session_id) values (${session.id})`);
	});
	events.onRecorded('lead.updated', (ctx, { session_id }) => becomesDue(ctx, session_id));
	events.onRecorded('delivery.updated', async (ctx, { delivery }) => {
		const isCounted = delivery.status === 'delivered' && delivery.event === 'lead.completed';
		if (isCounted && delivery.session_id !== null) await becomesDue(ctx, delivery.session_id);
	});
}

/** Its row is made with the chat session: later it would lock the chat session against messages. */
async function startCounting(ctx: Ctx, id: number): Promise<void> {
	await ctx.db.execute(sql`
		with counted as (insert into counted_sessions (chat_session_id) values (${id}) on conflict do nothing)
		insert into statistics_due (chat_session_id) values (${id})`);
}

/** Whether an earlier event of the same transaction made the chat session due: once is enough. */
const isDueAlready = ({ pending = [] }: Ctx, sessionId: string): boolean =>
	pending.some(({ name, payload }) =>
		name === 'session.created' || name === 'session.updated'
			? payload.session.session_id === sessionId
			: name === 'lead.updated' && payload.session_id === sessionId,
	);

async function becomesDue(ctx: Ctx, session_id: string): Promise<void> {
	if (isDueAlready(ctx, session_id)) return;
	await ctx.db.execute(sql`
		insert into statistics_due (chat_session_id)
		select id from chat_sessions where public_id = ${session_id} and channel <> 'test'`);
}
