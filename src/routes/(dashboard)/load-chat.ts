import type { Ctx } from '#lib/server/core/context.ts';
import { openChat } from '#lib/server/conversations/transcripts/index.ts';
import { shown } from '#lib/server/pages.ts';

/** Loads one chat session for each page that shows one. */
export const loadChat = (ctx: Ctx, id: string) => shown(openChat(ctx, id));
