import { HTTPException } from 'hono/http-exception';
import { ERROR_STATUS, type Problem } from '#lib/contract/problem.ts';
import { isTransientDatabaseError } from '../core/db/faults.ts';
import { AppError, problemOf } from '../core/errors.ts';
import type { ApiContext } from './env.ts';

/** Answers with the problem that an error is; what a client must not know of goes to the log, with the request's id. */
export function answerProblem(error: unknown, c: ApiContext): Response {
	const known = tellError(error, c);
	c.var.ctx.app.metrics.refusals.inc({ code: known.code, door: 'api' });
	if (known.code === 'confirmation_required' && isNavigation(c)) {
		const { pathname, search } = new URL(c.req.url);
		return c.redirect(`/confirm?redirect_to=${encodeURIComponent(pathname + search)}`, 303);
	}
	if (known.code === 'unauthorized') c.header('WWW-Authenticate', 'Bearer realm="Frontdesk"');
	if (known.retryAfter !== undefined) c.header('Retry-After', String(known.retryAfter));
	return c.body(JSON.stringify(problemOf(known)), ERROR_STATUS[known.code], {
		'Content-Type': 'application/problem+json; charset=utf-8',
	});
}

/** A download that a person opens as a page: they are shown the way instead of a problem. */
const isNavigation = (c: ApiContext) =>
	c.req.method === 'GET' && c.req.header('Sec-Fetch-Mode') === 'navigate';

/** The same as the last event of an answer that has begun. */
export const problemFor = (error: unknown, c: ApiContext): Problem =>
	problemOf(tellError(error, c));

function tellError(error: unknown, c: ApiContext): AppError {
	const known = asAppError(error);
	if (known) return known;
	const hasLeft = error instanceof DOMException && error.name === 'AbortError';
	if (hasLeft) return new AppError('unavailable', 'the client has left');
	const { ctx, request_id } = c.var;
	const told = { err: error, request_id, method: c.req.method, path: c.req.path };
	if (isTransientDatabaseError(error)) {
		ctx.app.log.warn(told, 'the database could not be reached');
		return new AppError('unavailable', 'not available right now; try again', { retryAfter: 2 });
	}
	ctx.app.log.error(told, 'a request failed');
	return new AppError('internal', 'something went wrong on our side; it was logged');
}

function asAppError(error: unknown): AppError | undefined {
	if (error instanceof AppError) return error;
	if (!(error instanceof HTTPException)) return undefined;
	if (error.status === 400) return new AppError('bad_request', 'the body is not valid JSON');
	if (error.status !== 415) return undefined;
	return new AppError('unsupported_media_type', 'send the body as application/json');
}
