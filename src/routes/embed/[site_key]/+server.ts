import { encode, getUnavailablePage, getWidgetFrame } from '#lib/server/embed/index.ts';
import { AppError } from '#lib/server/core/errors.ts';
import type { RequestHandler } from './$types';

// Compressed for every request, because of the nonce: a third of a millisecond.
const QUALITY = 5;

/** The frame's page; opened on its own it is a full-page chat. */
export const GET: RequestHandler = async ({ locals, params, url, request }) => {
	try {
		const { html, content_security_policy } = await getWidgetFrame(locals.ctx, {
			site_key: params.site_key,
			query: url.searchParams,
			accept_language: request.headers.get('accept-language'),
		});
		const { body, headers } = await encode(html, request.headers.get('accept-encoding'), QUALITY);
		const page = { ...pageHeaders(content_security_policy), ...headers };
		// The page of a resume link contains the key to its chat.
		if (url.searchParams.has('resume')) page['Cache-Control'] = 'private, no-store';
		return new Response(body, { headers: page });
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
		const { html, content_security_policy } = getUnavailablePage({
			page: url.searchParams.get('language'),
			browser: request.headers.get('accept-language'),
		});
		return new Response(html, { status: 404, headers: pageHeaders(content_security_policy) });
	}
};

const pageHeaders = (contentSecurityPolicy: string) => ({
	'Content-Type': 'text/html; charset=utf-8',
	'Content-Security-Policy': contentSecurityPolicy,
	// Pages with Cross-Origin-Embedder-Policy only embed frames that have it too.
	'Cross-Origin-Embedder-Policy': 'require-corp',
	'Cross-Origin-Resource-Policy': 'cross-origin',
	// The nonce is for one response; the site's look and the visitor's language may differ in the next.
	'Cache-Control': 'private, no-cache',
});
