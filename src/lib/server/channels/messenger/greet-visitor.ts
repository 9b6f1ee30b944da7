import { and, eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { cleanText } from '#lib/contract/text.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messenger_threads } from '#lib/server/core/db/schema/index.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { callGraph } from './graph.ts';
import { findToken } from './tokens.ts';
import type { StoredEvent } from './envelope.ts';
import type { Thread } from './handle.ts';

const profile = z.object({ first_name: z.string().default(''), last_name: z.string().default('') });

/** Sends read and typing indicators, and looks up the visitor's name once; failures of either are harmless. */
export async function greetVisitor(
	ctx: Ctx,
	{ page_id, psid }: StoredEvent,
	{ thread, isAnswered }: { thread?: Thread; isAnswered?: boolean },
): Promise<void> {
	if (!thread || (!isAnswered && thread.name_asked_at)) return;
	const token = await findToken(ctx, page_id);
	const act = (sender_action: string) =>
		callGraph(ctx.app, token, `${page_id}/messages`, {
			body: { recipient: { id: psid }, sender_action },
		});
	if (isAnswered)
		await act('mark_seen')
			.then(() => act('typing_on'))
			.catch(() => undefined);
	if (!thread.name_asked_at) await lookUpName(ctx, token, psid, thread.chat_session_id);
}

async function lookUpName(
	ctx: Ctx,
	token: string,
	psid: string,
	chat_session_id: number,
): Promise<void> {
	const [isFirst] = await ctx.db
		.update(messenger_threads)
		.set({ name_asked_at: ctx.app.clock() })
		.where(
			and(
				eq(messenger_threads.chat_session_id, chat_session_id),
				isNull(messenger_threads.name_asked_at),
			),
		)
		.returning({ psid: messenger_threads.psid });
	if (!isFirst) return;
	const query = { fields: 'first_name,last_name' };
	const { data } = profile.safeParse(
		await callGraph(ctx.app, token, psid, { query }).catch(() => undefined),
	);
	const name = data && cleanText(`${data.first_name} ${data.last_name}`).trim().slice(0, 100);
	if (name) await updateLead(ctx, { chat_session_id }, { fields: { name }, source: 'identify' });
}
