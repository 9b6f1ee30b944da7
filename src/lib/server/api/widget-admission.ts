import type { SendMessageInput } from '#lib/contract/widget.ts';
import { isCrawler } from '../core/crawlers.ts';
import { forbidden } from '../core/errors.ts';
import { requireVisitorToken } from '../conversations/sessions/index.ts';
import type { ApiContext } from './env.ts';
import { limit, networkOfClient } from './limit.ts';
import { checkOrigin } from './widget-cors.ts';

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
	const { site_id } = await requireVisitorToken(c.var.ctx, session_id, token);
	await limit(c, 'chat', session_id);
	await checkOrigin(c, () => Promise.resolve({ id: site_id }));
}
