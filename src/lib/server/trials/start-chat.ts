import type { z } from 'zod';
import type { Session } from '$lib/contract/session';
import { testChatInput } from '$lib/contract/test-chat';
import { requireTeam } from '../auth/permissions';
import type { Ctx } from '../context';
import { parse } from '../parse';
import { startSession } from '../sessions';

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
