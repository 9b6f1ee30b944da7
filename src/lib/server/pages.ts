import { error, type Cookies, type RequestEvent } from '@sveltejs/kit';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { timeZone } from '#lib/contract/time-zone.ts';
import type { AuthCookie } from './team/auth/index.ts';
import { clientAddress } from './core/client-address.ts';
import { isTransientDatabaseError } from './core/db/faults.ts';
import { AppError } from './core/errors.ts';
import { getProfile } from './team/users/index.ts';

/** A verb's answer for a `load`; its refusal becomes the error page with the status that it has everywhere. */
export async function shown<T>(answer: Promise<T>): Promise<T> {
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

/** From where someone signs in, and with which cookies. */
export function browserOf({ request, locals, getClientAddress }: RequestEvent) {
	const { headers } = request;
	const forwarded = headers.get('x-forwarded-for') ?? undefined;
	return {
		ip: clientAddress(locals.ctx.app.config, getClientAddress(), forwarded),
		cookie: headers.get('cookie'),
		user_agent: headers.get('user-agent'),
	};
}

export function setAuthCookie(cookies: Cookies, { name, value, attributes }: AuthCookie): void {
	cookies.set(name, value, attributes);
}

/** The time zone of a user's calendar: their own choice, else what their browser said last, else UTC. */
export async function timeZoneOf({ locals, cookies }: TimeZoneSource): Promise<string> {
	const { time_zone } = await getProfile(locals.ctx);
	const named = timeZone.safeParse(time_zone ?? cookies.get('time_zone'));
	return named.success ? named.data : 'UTC';
}

type TimeZoneSource = Pick<RequestEvent, 'locals' | 'cookies'>;

const NOT_A_DESTINATION = /^(\/\/|\/(login|logout|setup|invite|forgot-password|reset-password)\b)/;

/** The path on this site that a `redirect_to` names; `/` for anything that leads elsewhere. */
export function safePath(wanted: string | null): string {
	const url = wanted?.startsWith('/') ? URL.parse(wanted, 'http://here') : null;
	if (url?.origin !== 'http://here' || NOT_A_DESTINATION.test(url.pathname)) return '/';
	return url.pathname + url.search;
}
