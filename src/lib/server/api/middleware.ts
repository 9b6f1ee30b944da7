import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { resolveClientAddress, toNetwork } from '../core/client-address.ts';
import { type App, createAnonymousContext } from '../core/context.ts';
import { AppError } from '../core/errors.ts';
import { getMaxBodySize, formatSize } from '../core/http-guard/index.ts';
import { requireShallowJson } from '../core/parse.ts';
import { countUse, type LimitName } from '../core/rate-limits.ts';
import type { ApiContext, ApiEnv } from './route.ts';

/** This path's body is read as raw bytes, because its signature covers them. */
const SIGNED_PATH = '/messenger/webhook';
const REQUEST_ID = /^[\w.:-]{1,100}$/;

/** Sets the request id and the common response headers. Setting headers before the handler runs is far cheaper than changing a finished response. */
export function prepare(app: App): MiddlewareHandler<ApiEnv> {
	const headers = Object.entries({
		'X-Content-Type-Options': 'nosniff',
		'Referrer-Policy': 'no-referrer',
		'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
		'Cache-Control': 'no-store',
		...(app.config.publicUrl.startsWith('https:') && {
			'Strict-Transport-Security': 'max-age=31536000',
		}),
	});
	return async (c, next) => {
		const requestedId = c.req.header('X-Request-Id');
		const id =
			requestedId !== undefined && REQUEST_ID.test(requestedId) ? requestedId : randomUUID();
		c.set('request_id', id);
		c.set('ctx', createAnonymousContext(app));
		c.header('X-Request-Id', id);
		for (const [name, value] of headers) c.header(name, value);
		await next();
	};
}

const bodyLimits = new Map<number, MiddlewareHandler>();

/**
 * Returns the middleware for a limit. It stops reading a body without a Content-Length at the limit; the HTTP guard has
 * already rejected larger declared sizes.
 */
function createBodyLimit(maxSize: number): MiddlewareHandler {
	const middleware =
		bodyLimits.get(maxSize) ??
		bodyLimit({
			maxSize,
			onError: () => {
				throw new AppError('payload_too_large', `the body is larger than ${formatSize(maxSize)}`);
			},
		});
	bodyLimits.set(maxSize, middleware);
	return middleware;
}

/** Rejects bodies that are too large, with or without a Content-Length. */
export const limitBody: MiddlewareHandler<ApiEnv> = (c, next) =>
	c.req.method === 'GET' || c.req.method === 'HEAD'
		? next()
		: createBodyLimit(getMaxBodySize(c.req.path))(c, next);

/**
 * Rejects JSON that isn't encoded in UTF-8, which would be garbled, and JSON that is nested too deeply, before it is parsed.
 * Later reads of the body reuse the decoded text.
 */
export const checkJson: MiddlewareHandler<ApiEnv> = async (c, next) => {
	const type = c.req.header('Content-Type') ?? '';
	if (/\bjson\b/i.test(type) && !c.req.path.endsWith(SIGNED_PATH)) {
		const text = decodeUtf8(await c.req.arrayBuffer());
		requireShallowJson(text);
		Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
	}
	await next();
};

function decodeUtf8(body: ArrayBuffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(body);
	} catch (cause) {
		throw new AppError('bad_request', 'the body is not encoded in UTF-8', { cause });
	}
}

/** Counts one use of a rate limit and sets the RateLimit headers. Throws RateLimited once the limit is exceeded. */
export async function limit(c: ApiContext, name: LimitName, key: string): Promise<void> {
	const state = await countUse(c.var.ctx.app, name, key);
	if (!state) return;
	c.header('RateLimit-Limit', String(state.limit));
	c.header('RateLimit-Remaining', String(state.remaining));
	c.header('RateLimit-Reset', String(state.reset));
	if (state.refusal) throw state.refusal;
}

/** Counts each request against its network's limit before its body is read. */
export const rateLimitBy =
	(name: LimitName): MiddlewareHandler<ApiEnv> =>
	async (c, next) => {
		await limit(c, name, getClientNetwork(c));
		await next();
	};

/** Returns the client address, resolved according to TRUST_PROXY. */
export function getClientAddress(c: ApiContext): string {
	const env: ApiContext['env'] | undefined = c.env;
	const socket = env?.incoming?.socket.remoteAddress;
	return resolveClientAddress(c.var.ctx.app.config, socket, c.req.header('X-Forwarded-For'));
}

/** Returns the network that a request counts against. */
export const getClientNetwork = (c: ApiContext): string => toNetwork(getClientAddress(c));
