import { desc, eq } from 'drizzle-orm';
import type { Sender } from '$lib/contract/common';
import type { Ctx } from '../context';
import { messages } from '../db/schema';

const LINES = 8;
const LONGEST = 400;

const NAMES: Record<Sender, string> = {
	visitor: 'Visitor',
	ai: 'AI',
	agent: 'Team',
	system: 'Frontdesk',
};

/** The end of a conversation, for a mail. */
export async function excerptOf(ctx: Ctx, chatSessionId: number) {
	const rows = await ctx.db
		.select({ id: messages.id, sender: messages.sender, message: messages.message })
		.from(messages)
		.where(eq(messages.chat_session_id, chatSessionId))
		.orderBy(desc(messages.id))
		.limit(LINES);
	return rows
		.reverse()
		.map(({ sender, message }) => ({ who: NAMES[sender], text: shortened(message) }));
}

const shortened = (text: string) =>
	text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text;
