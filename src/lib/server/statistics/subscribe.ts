import { sql } from 'drizzle-orm';
import type { App, Ctx } from '../core/context.ts';
import { noteLastQuestion } from './note-last-question.ts';

/**
 * Notes in the transaction of a fact which chat session is to be counted anew. Messages and turns note it in their own
 * statements; a deletion shows by itself in counted_sessions.
 */
export function subscribeStatistics({ events }: App): void {
	events.onRecorded('session.created', async (ctx, { session }) => {
		if (session.channel !== 'test') await startCounting(ctx, session.id);
	});
	events.onRecorded('session.updated', async (ctx, { session }) => {
		if (session.channel === 'test') return;
		if (session.completion_status === 'abandoned') await noteLastQuestion(ctx, session.id);
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

async function becomesDue(ctx: Ctx, session_id: string): Promise<void> {
	await ctx.db.execute(sql`
		insert into statistics_due (chat_session_id)
		select id from chat_sessions where public_id = ${session_id} and channel <> 'test'`);
}
