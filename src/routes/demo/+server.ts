import { getDemoPage } from '#lib/server/embed/index.ts';
import type { RequestHandler } from './$types';

/** Serves a demo landing page with the chat; `?inline` embeds the chat in the page. */
export const GET: RequestHandler = async ({ locals, url }) => {
	const isInline = url.searchParams.has('inline');
	const html = await getDemoPage(locals.ctx, { isInline, url });
	return new Response(html, { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
};
