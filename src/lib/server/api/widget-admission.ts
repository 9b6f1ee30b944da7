import type { SendMessageInput } from '#lib/contract/widget.ts';
import type { Ctx } from '../core/context';
import { isCrawler } from '../core/crawlers';
import { forbidden, unauthorized } from '../core/errors';
import { resolveSession } from '../conversations/sessions';
import type { ApiContext } from './env';
import { limit, networkOfClient } from './limit';
import { checkOrigin } from './widget-cors';

/** A new chat session is neither a crawler's nor that of a page that may not embed the site. */
export async function admitNewSession(c: ApiContext, site: string): Promise<void> {
	if (isCrawler(c.req.header('User-Agent'))) throw forbidden('crawlers start no chat sessions');
	await checkOrigin(c, () => Promise.resolve({ key: site }));
}

/** A message comes from the browser that owns the chat session, or starts one. */
export async function admitMessage(c: ApiContext, input: SendMessageInput): Promise<void> {
	const { session_id, token, site = 'default' } = input;
	if (session_id === undefined) {
		await limit(c, 'start', networkOfClient(c));
		return admitNewSession(c, site);
	}
	const ctx = asVisitor(c.var.ctx, session_id, token);
	await limit(c, 'chat', session_id);
	await checkOrigin(c, () => siteOf(ctx, session_id));
}

/** The visitor whose token this is; throws Unauthorized. */
export function asVisitor(ctx: Ctx, session_id: string, token: string | undefined): Ctx {
	if (token !== undefined && ctx.app.secrets.isVisitorToken(session_id, token)) {
		return { ...ctx, actor: { type: 'visitor', session_id } };
	}
	throw unauthorized('the token does not belong to this chat session');
}

export const siteOf = async (ctx: Ctx, sessionId: string) => ({
	id: (await resolveSession(ctx, sessionId)).site_id,
});
