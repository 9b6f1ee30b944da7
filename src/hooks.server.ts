import {
	redirect,
	type ResolveOptions,
	type Handle,
	type HandleServerError,
	type RequestEvent,
	type ServerInit,
} from '@sveltejs/kit';
import { randomUUID } from 'node:crypto';
import {
	authenticate,
	changesState,
	dropsAuthCookie,
	isForeignSubresource,
	isSetUp,
	isAllowedOrigin,
} from '#lib/server/team/auth/index.ts';
import { refuseForeignPage, setAuthCookie } from '#lib/server/pages.ts';
import { isRecentSignIn } from '#lib/server/core/permissions.ts';
import { isTransientDatabaseError } from '#lib/server/core/db/faults.ts';
import { getRuntime, startRuntime } from '#lib/server/runtime.ts';
import { createAnonymousContext } from '#lib/server/core/context.ts';

/** Pages that require no auth session. Assets bypass this hook. */
const PUBLIC_PATHS =
	/^\/(login|logout|setup|invite|forgot-password|reset-password|unsubscribe|embed|demo|widget|widget\.js)(\/|$)/;

/** Pages that mail services post to for one-click unsubscribing (RFC 8058), without an Origin header. Their token authorizes them, never a cookie. */
const CROSS_ORIGIN_PATHS = /^\/unsubscribe\//;

/** Pages with forms that sign a user in. */
const SIGN_IN_PATHS = /^\/(login|setup|invite|reset-password)(\/|$)/;

/** Pages open to users who still have to set up two-factor authentication. */
const ENROLLMENT_PATHS = /^\/(two-factor|logout|embed|demo|widget|widget\.js)(\/|$)/;

/** Pages that require a recent sign-in to open. Verbs that change something check it themselves. */
const RECENT_SIGN_IN_PATHS = /^\/(settings\/(users|api-keys)|two-factor)(\/|$)/;

export const init: ServerInit = async () => {
	await startRuntime();
};

export const handle: Handle = async ({ event, resolve }) => {
	const { app } = getRuntime();
	event.locals.request_id = randomUUID();
	event.locals.ctx = createAnonymousContext(app);
	const response = await respond(event, resolve);
	if (response.status >= 400) app.metrics.refusals.inc({ code: response.status, door: 'page' });
	setSecurityHeaders(response.headers, event.locals);
	return response;
};

async function respond(
	event: RequestEvent,
	resolve: Parameters<Handle>[0]['resolve'],
): Promise<Response> {
	const { ctx } = event.locals;
	try {
		const { headers } = event.request;
		const cookie = isForeignSubresource(headers) ? null : headers.get('cookie');
		ctx.actor = await authenticate(ctx.app, { cookie }, (renewed) =>
			setAuthCookie(event.cookies, renewed),
		);
		const response =
			(await getEarlyResponse(event)) ?? (await resolve(event, movePreloadsToHead()));
		return event.locals.is_unavailable && response.status === 500
			? new Response(response.body, { status: 503, headers: response.headers })
			: response;
	} catch (error) {
		if (!isTransientDatabaseError(error)) throw error;
		ctx.app.log.warn({ err: error, request_id: event.locals.request_id }, 'a page is unavailable');
		const headers = { 'Retry-After': '2', 'Content-Type': 'text/plain; charset=utf-8' };
		return new Response('Frontdesk is not available right now. Try again in a moment.', {
			status: 503,
			headers,
		});
	}
}

/** Returns a response to send instead of the page, such as a redirect to sign in or a rejection of a cross-site request. */
async function getEarlyResponse(event: RequestEvent): Promise<Response | null> {
	const { request, locals } = event;
	if (
		changesState(request.method) &&
		!CROSS_ORIGIN_PATHS.test(event.url.pathname) &&
		!isAllowedOrigin(locals.ctx.app.config, request.headers)
	) {
		return refuseForeignPage(locals.ctx.app.config, request.headers);
	}
	if (
		SIGN_IN_PATHS.test(event.url.pathname) &&
		changesState(request.method) &&
		dropsAuthCookie(locals.ctx.app.config, request.headers)
	) {
		return refuseForeignPage(locals.ctx.app.config, request.headers);
	}
	if (isUnknownAction(event.url)) return new Response('There is no such action.', { status: 404 });
	const location = await getRedirect(event);
	if (!location) return null;
	// SvelteKit's client needs a special redirect response, which only a thrown redirect produces.
	if (event.isDataRequest || request.method === 'POST') redirect(303, location);
	return new Response(null, { status: 303, headers: { location } });
}

/** Returns whether the query names an action that makes SvelteKit throw: `/default`, or a name inherited from `Object.prototype`. */
const isUnknownAction = ({ searchParams }: URL) =>
	[...searchParams.keys()].some(
		(name) => name === '/default' || (name.startsWith('/') && name.slice(1) in {}),
	);

/**
 * Returns the URL to redirect to instead of opening the page: to sign in, to set up the first admin or a second factor, or
 * to confirm the password. Null to open the page.
 */
async function getRedirect({ locals, url, route }: RequestEvent): Promise<string | null> {
	const { ctx } = locals;
	const requestedPath = url.pathname + url.search;
	if (ctx.actor.type === 'enrolling' && route.id !== null && !ENROLLMENT_PATHS.test(url.pathname)) {
		return '/two-factor';
	}
	// SvelteKit matches routes to the decoded path. A path that can't be decoded has no route.
	const isProtected = route.id !== null && RECENT_SIGN_IN_PATHS.test(decodeURI(url.pathname));
	if (isProtected && !isRecentSignIn(ctx)) {
		return `/confirm?redirect_to=${encodeURIComponent(requestedPath)}`;
	}
	const isPublic = route.id === null || PUBLIC_PATHS.test(url.pathname);
	if (ctx.actor.type === 'enrolling') return null;
	if (ctx.actor.type === 'user' || (isPublic && url.pathname !== '/login')) return null;
	if (!(await isSetUp(ctx.app))) return '/setup';
	if (isPublic) return null;
	return requestedPath === '/'
		? '/login'
		: `/login?redirect_to=${encodeURIComponent(requestedPath)}`;
}

/**
 * Moves a page's script preloads from the Link header to the `<head>`. The header would exceed the limit of some
 * proxies: by default, nginx returns 502 for headers over 4 KiB.
 */
function movePreloadsToHead(): ResolveOptions {
	const links: string[] = [];
	return {
		preload({ type, path }) {
			if (type === 'js') links.push(`<link rel="modulepreload" href="${path}">`);
			return type !== 'js';
		},
		transformPageChunk: ({ html }) =>
			html.replace('</head>', () => `${links.splice(0).join('')}</head>`),
	};
}

/** Sets security headers except Content-Security-Policy, which svelte.config.js and the widget frame's route set. */
function setSecurityHeaders(headers: Headers, { ctx, request_id }: App.Locals): void {
	headers.set('X-Request-Id', request_id);
	headers.set('X-Content-Type-Options', 'nosniff');
	headers.set('Referrer-Policy', 'same-origin');
	headers.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
	headers.set('Cross-Origin-Opener-Policy', 'same-origin');
	if (ctx.actor.type !== 'anonymous' && !headers.has('Cache-Control')) {
		headers.set('Cache-Control', 'private, no-store');
	}
	if (ctx.app.config.publicUrl.startsWith('https:')) {
		headers.set('Strict-Transport-Security', 'max-age=31536000');
	}
}

export const handleError: HandleServerError = ({ error, event, status, message }) => {
	const { request_id } = event.locals;
	if (status === 404) return { message: 'This page doesn’t exist or has moved.', request_id };
	if (status < 500) return { message, request_id };
	if (isTransientDatabaseError(error)) {
		event.locals.is_unavailable = true;
		getRuntime().app.log.warn({ err: error, request_id }, 'a page is unavailable');
		return { message: 'Not available right now. Try again in a moment.', request_id };
	}
	getRuntime().app.log.error({ err: error, request_id, path: event.url.pathname }, 'a page failed');
	return { message: 'The error was logged. Try again in a moment.', request_id };
};
