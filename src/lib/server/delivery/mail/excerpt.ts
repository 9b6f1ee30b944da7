import { and, desc, eq, lte } from 'drizzle-orm';
import type { Sender } from '#lib/contract/common.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { messages } from '#lib/server/core/db/schema/index.ts';

const LINES = 8;
const LONGEST = 400;

const NAMES: Record<Sender, string> = {
	visitor: 'Visitor',
	ai: 'AI',
	agent: 'Team',
	system: 'Frontdesk',
};

/** The end of a conversation, for a mail; or what led to the message at fault, when there is one. */
export async function excerptOf(ctx: Ctx, chatSessionId: number, faultId: number | null) {
	const rows = await ctx.db
		.select({ id: messages.id, sender: messages.sender, message: messages.message })
		.from(messages)
		.where(
			and(
				eq(messages.chat_session_id, chatSessionId),
				faultId === null ? undefined : lte(messages.id, faultId),
			),
		)
		.orderBy(desc(messages.id))
		.limit(LINES);
	return rows.reverse().map(({ id, sender, message }) => ({
		who: NAMES[sender],
		text: shortened(message),
		is_marked: id === faultId,
	}));
}

const shortened = (text: string) =>
	text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text;
