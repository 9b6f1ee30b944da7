import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { App } from '../core/context.ts';
import { AppError } from '../core/errors.ts';
import { requireShallowJson } from '../core/parse.ts';
import { largestBody, sizeText } from '../core/http-guard/index.ts';
import type { ApiEnv } from './env.ts';

/** Read as bytes, over which its signature is. */
const SIGNED = '/messenger/webhook';
const REQUEST_ID = /^[\w.:-]{1,100}$/;

/** Gives a request its id and its answer the headers that every answer has; before the handler, which is far cheaper. */
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
		const given = c.req.header('X-Request-Id');
		const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
		c.set('request_id', id);
		c.set('ctx', { app, db: app.db, actor: { type: 'anonymous' } });
		c.header('X-Request-Id', id);
		for (const [name, value] of headers) c.header(name, value);
		await next();
	};
}

const limits = new Map<number, MiddlewareHandler>();

/** Bodies whose length is known have been refused by the guard of the server; this bounds the others as they are read. */
function limitTo(maxSize: number): MiddlewareHandler {
	const made =
		limits.get(maxSize) ??
		bodyLimit({
			maxSize,
			onError: () => {
				throw new AppError('payload_too_large', `the body is larger than ${sizeText(maxSize)}`);
			},
		});
	limits.set(maxSize, made);
	return made;
}

/** Refuses a large body, whether its length was told or not; does not look at requests that have none. */
export const limitBody: MiddlewareHandler<ApiEnv> = (c, next) =>
	c.req.method === 'GET' || c.req.method === 'HEAD'
		? next()
		: limitTo(largestBody(c.req.path))(c, next);

/** Refuses JSON that is nested too deep before anything decodes it. The text stays with the request, which is read once. */
export const limitDepth: MiddlewareHandler<ApiEnv> = async (c, next) => {
	if (/\bjson\b/i.test(c.req.header('Content-Type') ?? '') && !c.req.path.endsWith(SIGNED)) {
		requireShallowJson(await c.req.text());
	}
	await next();
};
