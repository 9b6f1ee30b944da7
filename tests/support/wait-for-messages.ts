import { expect, vi } from 'vitest';
import type { Message } from '#lib/contract/message.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';

/** Waits until a chat session has this many messages, and returns them. */
export const waitForMessages = (ctx: Ctx, session_id: string, count: number): Promise<Message[]> =>
	vi.waitFor(async () => {
		const messages = await listMessages(ctx, session_id);
		expect(messages).toHaveLength(count);
		return messages;
	});
