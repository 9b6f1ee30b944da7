import { getWidgetFrame } from '$lib/server/embed';
import { AppError } from '$lib/server/errors';
import type { RequestHandler } from './$types';

const UNAVAILABLE = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>This chat is not available</title><p>This chat is not available.</p></html>`;

/** The page of the frame; opened by itself it is the full-page chat. */
export const GET: RequestHandler = async ({ locals, params, url, request }) => {
	try {
		const { html, content_security_policy } = await getWidgetFrame(locals.ctx, {
			site_key: params.site_key,
			query: url.searchParams,
			accept_language: request.headers.get('accept-language'),
		});
		return page(html, 200, content_security_policy);
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
		return page(UNAVAILABLE, 404, "default-src 'none'");
	}
};

function page(html: string, status: number, contentSecurityPolicy: string): Response {
	return new Response(html, {
		status,
		headers: {
			'Content-Type': 'text/html; charset=utf-8',
			'Content-Security-Policy': contentSecurityPolicy,
			// The nonce is for one answer; the site's look may have changed for the next.
			'Cache-Control': 'private, no-cache',
			Vary: 'Accept-Language',
		},
	});
}
