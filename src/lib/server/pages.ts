import { type Cookies, error, type RequestEvent } from '@sveltejs/kit';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { timeZone } from '#lib/contract/calendar.ts';
import { getLocaleHourCycle, type HourCycle } from '#lib/locale.ts';
import { resolveClientAddress } from './core/client-address.ts';
import type { Config } from './core/config.ts';
import { isTransientDatabaseError } from './core/db/faults.ts';
import { AppError } from './core/errors.ts';
import { escapeHtml } from './core/text.ts';
import { type AuthCookie, getReferringPage } from './team/auth/index.ts';
import { getProfile } from './team/users/index.ts';

/**
 * Awaits a verb in a `load`. An `AppError` becomes the error page with the error's HTTP status, and with `notFoundMessage` if it is
 * `not_found`.
 */
export async function withPageErrors<T>(promise: Promise<T>, notFoundMessage?: string): Promise<T> {
	try {
		return await promise;
	} catch (caught) {
		const appError = toUnavailable(caught);
		if (appError instanceof AppError) {
			const message = appError.code === 'not_found' ? notFoundMessage : undefined;
			error(ERROR_STATUS[appError.code], message ?? appError.message);
		}
		throw caught;
	}
}

/** Converts a transient database error to `unavailable`. Returns any other error unchanged. */
export function toUnavailable(caught: unknown): unknown {
	if (!isTransientDatabaseError(caught)) return caught;
	return new AppError('unavailable', 'not available right now; try again', {
		retryAfter: 2,
		cause: caught,
	});
}

/** Returns the client's address, cookies and user agent, for signing in. */
export function getClientInfo({ request, locals, getClientAddress }: RequestEvent) {
	const { headers } = request;
	const forwarded = headers.get('x-forwarded-for') ?? undefined;
	return {
		ip: resolveClientAddress(locals.ctx.app.config, getClientAddress(), forwarded),
		cookie: headers.get('cookie'),
		user_agent: headers.get('user-agent'),
	};
}

export function setAuthCookie(cookies: Cookies, { name, value, attributes }: AuthCookie): void {
	cookies.set(name, value, attributes);
}

/** Returns the user's time zone: the one in their profile, else the latest one reported by their browser, else UTC. */
export async function getTimeZone({ locals, cookies }: TimeZoneSource): Promise<string> {
	const { time_zone } = await getProfile(locals.ctx);
	const parsedZone = timeZone.safeParse(time_zone ?? cookies.get('time_zone'));
	return parsedZone.success ? parsedZone.data : 'UTC';
}

/** Returns the hour cycle of the browser's language, from its Accept-Language header. */
export function getHourCycle({ headers }: Request): HourCycle {
	const tags = headers.get('accept-language')?.split(',') ?? [];
	return getLocaleHourCycle(tags.map((tag) => tag.split(';', 1)[0]));
}

type TimeZoneSource = Pick<RequestEvent, 'locals' | 'cookies'>;

const UNSAFE_DESTINATION = /^(\/\/|\/(login|logout|setup|invite|forgot-password|reset-password)\b)/;

/** Returns the path of a `redirect_to`; `/` if it leads to another site or to a page of the sign-in flow. */
export function toSafePath(redirectTo: string | null): string {
	const url = redirectTo?.startsWith('/') ? URL.parse(redirectTo, 'http://here') : null;
	if (url?.origin !== 'http://here' || UNSAFE_DESTINATION.test(url.pathname)) return '/';
	return url.pathname + url.search;
}

/**
 * Creates the 403 response to a form submitted from another origin, with a message that helps the user fix it. Besides
 * attacks, this happens if a proxy changes the host, or if PUBLIC_URL is wrong.
 */
export function refuseForeignPage(config: Pick<Config, 'publicUrl'>, headers: Headers): Response {
	const message = explainOrigin(config, headers);
	// Only Frontdesk's own script sends this header, to read an action's result.
	if (headers.has('x-sveltekit-action')) {
		return Response.json({ type: 'error', status: 403, error: { message } }, { status: 403 });
	}
	return new Response(renderPage(message), {
		status: 403,
		headers: {
			'Content-Type': 'text/html; charset=utf-8',
			'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
		},
	});
}

function explainOrigin({ publicUrl }: Pick<Config, 'publicUrl'>, headers: Headers): string {
	const origin = URL.parse(getReferringPage(headers) ?? '')?.origin.slice(0, 200);
	const remedy = `Open ${publicUrl} instead. If that isn't the address people use, set PUBLIC_URL to theirs and restart.`;
	if (origin === undefined || origin === 'null') {
		return `This request came from another site, or the browser hides which page it came from. ${remedy}`;
	}
	return `This page was opened at ${origin}, but Frontdesk runs at ${publicUrl}. ${remedy}`;
}

const renderPage = (message: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>Wrong address</title><h1>Wrong address</h1><p>${escapeHtml(message)}</p></html>`;
