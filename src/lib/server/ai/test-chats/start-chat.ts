import type { z } from 'zod';
import type { Session } from '#lib/contract/session.ts';
import { testChatInput } from '#lib/contract/test-chat.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';

/** Starts a chat of the team with a site's AI, which greets at once: in no figure, and delivered to nobody. Throws NotFound. */
export async function startTestChat(
	ctx: Ctx,
	input: z.input<typeof testChatInput>,
): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const { site } = parse(testChatInput, input);
	const { session } = await startSession(ctx, { site }, { channel: 'test' });
	return session;
}
