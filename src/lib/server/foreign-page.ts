import { pageOf } from './team/auth/index.ts';
import type { Config } from './core/config.ts';
import { escapeHtml } from './core/escape-html.ts';

/**
 * Refuses a form that was sent from a page whose address is not this server's, in words its sender can act on. It is the
 * answer to an attack, too, but people see it when a proxy hides the address they use, or PUBLIC_URL names another one.
 */
export function refuseForeignPage(config: Pick<Config, 'publicUrl'>, headers: Headers): Response {
	const message = explain(config, headers);
	// Only our own script sends this header; it reads the result of an action.
	if (headers.has('x-sveltekit-action')) {
		return Response.json({ type: 'error', status: 403, error: { message } }, { status: 403 });
	}
	return new Response(page(message), {
		status: 403,
		headers: {
			'Content-Type': 'text/html; charset=utf-8',
			'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
		},
	});
}

function explain({ publicUrl }: Pick<Config, 'publicUrl'>, headers: Headers): string {
	const origin = URL.parse(pageOf(headers) ?? '')?.origin.slice(0, 200);
	const remedy = `Open ${publicUrl} instead. If that isn't the address people use, set PUBLIC_URL to theirs and restart.`;
	if (origin === undefined || origin === 'null') {
		return `This request came from another site, or the browser hides which page it came from. ${remedy}`;
	}
	return `This page was opened at ${origin}, but Frontdesk runs at ${publicUrl}. ${remedy}`;
}

const page = (message: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>Wrong address</title><h1>Wrong address</h1><p>${escapeHtml(message)}</p></html>`;
