import type { Ctx } from '#lib/server/core/context.ts';
import { openChat } from '#lib/server/conversations/transcripts/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';

/** Loads a chat session for the pages that show one. */
export const loadChat = (ctx: Ctx, id: string) =>
	withPageErrors(openChat(ctx, id), 'this chat doesn’t exist or was deleted');
