import { HTTPException } from 'hono/http-exception';
import type { Hono, NotFoundHandler } from 'hono';
import { ERROR_STATUS, type Problem } from '#lib/contract/problem.ts';
import { isTransientDatabaseError } from '../core/db/faults.ts';
import { AppError, notFound, toProblem } from '../core/errors.ts';
import type { ApiContext, ApiEnv } from './route.ts';

/** Responds to an error with its problem details. Internal details go only to the log, with the request id. */
export function respondWithProblem(error: unknown, c: ApiContext): Response {
	const appError = toAppError(error, c);
	c.var.ctx.app.metrics.refusals.inc({ code: appError.code, door: 'api' });
	if (appError.code === 'confirmation_required' && isNavigation(c)) {
		const { pathname, search } = new URL(c.req.url);
		return c.redirect(`/confirm?redirect_to=${encodeURIComponent(pathname + search)}`, 303);
	}
	if (appError.code === 'unauthorized') c.header('WWW-Authenticate', 'Bearer realm="Frontdesk"');
	if (appError.retryAfter !== undefined) c.header('Retry-After', String(appError.retryAfter));
	return c.body(JSON.stringify(toProblem(appError)), ERROR_STATUS[appError.code], {
		'Content-Type': 'application/problem+json; charset=utf-8',
	});
}

/**
 * Returns whether a person opened the URL in the browser, such as a download. They are redirected instead of getting a JSON
 * response.
 */
const isNavigation = (c: ApiContext) =>
	c.req.method === 'GET' && c.req.header('Sec-Fetch-Mode') === 'navigate';

/** Returns the problem for an error that occurs after a streamed response has started. */
export const createProblem = (error: unknown, c: ApiContext): Problem =>
	toProblem(toAppError(error, c));

function toAppError(error: unknown, c: ApiContext): AppError {
	const knownError = toKnownError(error);
	if (knownError) return knownError;
	// Node reports a body whose connection broke as "aborted", with the code of a network error.
	const isDisconnect =
		error instanceof Error && (error.name === 'AbortError' || error.message === 'aborted');
	if (isDisconnect) return new AppError('unavailable', 'the client disconnected');
	const { ctx, request_id } = c.var;
	const context = { err: error, request_id, method: c.req.method, path: c.req.path };
	if (isTransientDatabaseError(error)) {
		ctx.app.log.warn(context, 'the database could not be reached');
		return new AppError('unavailable', 'not available right now; try again', { retryAfter: 2 });
	}
	ctx.app.log.error(context, 'a request failed');
	return new AppError('internal', 'something went wrong on our side; it was logged');
}

function toKnownError(error: unknown): AppError | undefined {
	if (error instanceof AppError) return error;
	if (!(error instanceof HTTPException)) return undefined;
	if (error.status === 400) return new AppError('bad_request', 'the body is not valid JSON');
	if (error.status !== 415) return undefined;
	return new AppError('unsupported_media_type', 'send the body as application/json');
}

interface KnownPath {
	pattern: RegExp;
	methods: Set<string>;
}

/** Handles requests that match no route: 405 with `Allow` if the path exists with other methods, else 404. */
export function handleUnknownRoutes(api: Hono<ApiEnv>): NotFoundHandler<ApiEnv> {
	const paths = listKnownPaths(api);
	return (c) => {
		const methods = paths
			.filter(({ pattern }) => pattern.test(c.req.path))
			.flatMap((path) => [...path.methods]);
		if (methods.length === 0) return respondWithProblem(notFound(c.req.path.slice(0, 200)), c);
		c.header('Allow', [...new Set(methods)].sort().join(', '));
		const detail = `${c.req.method} is not supported here`;
		return respondWithProblem(new AppError('method_not_allowed', detail), c);
	};
}

function listKnownPaths(api: Hono<ApiEnv>): KnownPath[] {
	const paths = new Map<string, KnownPath>();
	for (const { method, path } of api.routes) {
		if (method === 'ALL') continue;
		const knownPath = paths.get(path) ?? { pattern: toPattern(path), methods: new Set<string>() };
		knownPath.methods.add(method);
		if (method === 'GET') knownPath.methods.add('HEAD');
		paths.set(path, knownPath);
	}
	return [...paths.values()];
}

const toPattern = (path: string) =>
	new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:[^/]+/g, '[^/]+')}$`);
