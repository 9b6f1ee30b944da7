import { encode, getUnavailablePage, getWidgetFrame } from '#lib/server/embed/index.ts';
import { AppError } from '#lib/server/core/errors.ts';
import type { RequestHandler } from './$types';

// The nonce differs per response, so each one is compressed anew, which takes about 0.3 ms.
const BROTLI_QUALITY = 5;

/** Serves the widget frame's page; opened directly, it is a full-page chat. */
export const GET: RequestHandler = async ({ locals, params, url, request }) => {
	try {
		const { html, content_security_policy } = await getWidgetFrame(locals.ctx, {
			site_key: params.site_key,
			query: url.searchParams,
			accept_language: request.headers.get('accept-language'),
		});
		const { body, headers } = await encode(
			html,
			request.headers.get('accept-encoding'),
			BROTLI_QUALITY,
		);
		const pageHeaders = { ...createPageHeaders(content_security_policy), ...headers };
		// The page behind a resume link contains the credentials of its chat.
		if (url.searchParams.has('resume')) pageHeaders['Cache-Control'] = 'private, no-store';
		return new Response(body, { headers: pageHeaders });
	} catch (error) {
		if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
		const { html, content_security_policy } = getUnavailablePage({
			page: url.searchParams.get('language'),
			browser: request.headers.get('accept-language'),
		});
		return new Response(html, { status: 404, headers: createPageHeaders(content_security_policy) });
	}
};

const createPageHeaders = (contentSecurityPolicy: string) => ({
	'Content-Type': 'text/html; charset=utf-8',
	'Content-Security-Policy': contentSecurityPolicy,
	// Pages that set Cross-Origin-Embedder-Policy can embed only frames that set it too.
	'Cross-Origin-Embedder-Policy': 'require-corp',
	'Cross-Origin-Resource-Policy': 'cross-origin',
	// The nonce is for one response, and the site's appearance or the visitor's language may change. `no-transform` stops
	// Cloudflare from hiding email addresses in the greeting behind a script that the policy blocks.
	'Cache-Control': 'private, no-cache, no-transform',
});
