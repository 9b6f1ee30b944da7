import { getDemoPage } from '#lib/server/embed/index.ts';
import type { RequestHandler } from './$types';

/** What a new owner opens first: a landing page with the chat on it; `?inline` has it inside of the page. */
export const GET: RequestHandler = async ({ locals, url }) => {
	const isInline = url.searchParams.has('inline');
	const html = await getDemoPage(locals.ctx, { isInline, url });
	return new Response(html, { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
};
