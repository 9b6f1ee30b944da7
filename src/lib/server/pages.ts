import { type Cookies, error, type RequestEvent } from '@sveltejs/kit';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { timeZone } from '#lib/contract/calendar.ts';
import { hourCycleOf, type HourCycle } from '#lib/locale.ts';
import { resolveClientAddress } from './core/client-address.ts';
import type { Config } from './core/config.ts';
import { isTransientDatabaseError } from './core/db/faults.ts';
import { AppError } from './core/errors.ts';
import { escapeHtml } from './core/text.ts';
import { type AuthCookie, pageOf } from './team/auth/index.ts';
import { getProfile } from './team/users/index.ts';

/** Returns a verb's result for a `load` function. If the verb throws an `AppError`, shows the error page with its status. */
export async function withPageErrors<T>(answer: Promise<T>): Promise<T> {
	try {
		return await answer;
	} catch (fault) {
		const known = asUnavailable(fault);
		if (known instanceof AppError) error(ERROR_STATUS[known.code], known.message);
		throw fault;
	}
}

/** Returns a transient database error as `unavailable`, and any other error as it is. */
export function asUnavailable(fault: unknown): unknown {
	if (!isTransientDatabaseError(fault)) return fault;
	return new AppError('unavailable', 'not available right now; try again', {
		retryAfter: 2,
		cause: fault,
	});
}

/** Returns the IP address, cookies and user agent of a request. */
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

/** Returns the time zone set in the user's profile, else the one that their browser stored in a cookie, else UTC. */
export async function getTimeZone({ locals, cookies }: TimeZoneSource): Promise<string> {
	const { time_zone } = await getProfile(locals.ctx);
	const named = timeZone.safeParse(time_zone ?? cookies.get('time_zone'));
	return named.success ? named.data : 'UTC';
}

/** The clock of a browser's language, as its Accept-Language header tells. */
export function hourCycleFor({ headers }: Request): HourCycle {
	const tags = headers.get('accept-language')?.split(',') ?? [];
	return hourCycleOf(tags.map((tag) => tag.split(';', 1)[0]));
}

type TimeZoneSource = Pick<RequestEvent, 'locals' | 'cookies'>;

const NOT_A_DESTINATION = /^(\/\/|\/(login|logout|setup|invite|forgot-password|reset-password)\b)/;

/** The path on this site that a `redirect_to` names; `/` for anything that leads elsewhere. */
export function safePath(wanted: string | null): string {
	const url = wanted?.startsWith('/') ? URL.parse(wanted, 'http://here') : null;
	if (url?.origin !== 'http://here' || NOT_A_DESTINATION.test(url.pathname)) return '/';
	return url.pathname + url.search;
}

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
