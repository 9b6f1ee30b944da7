import type { MiddlewareHandler } from 'hono';
import type { Scope } from '#lib/contract/api-key.ts';
import {
	authenticate,
	changesState,
	isForeignSubresource,
	originIsAllowed,
} from '../team/auth/index.ts';
import type { Actor } from '../core/context.ts';
import { AppError, forbidden, unauthorized } from '../core/errors.ts';
import type { LimitName } from '../core/rate-limits.ts';
import type { ApiContext, ApiEnv } from './route.ts';
import { addressOfClient, limit, networkOfClient } from './middleware.ts';

/** Returns what routes for API keys and users share. `scope` is documentation; each verb checks its own permission. */
export const team = (scope: Scope): { middleware: typeof requireSignedIn; security: Security } => ({
	middleware: requireSignedIn,
	security: [{ apiKey: [scope] }, { bearer: [scope] }, { authSession: [] }],
});

/** The part of a description that says which keys cannot call a route that grants access. */
export const GRANTS_ACCESS =
	'Requires a signed-in admin or the API_KEY of the environment. Other API keys are refused: the access they grant would outlive them.';

type Security = Record<string, string[]>[];

/** Authenticates the caller before the body is read. Throws Unauthorized, or Forbidden for requests from another site. */
const requireSignedIn: MiddlewareHandler<ApiEnv> = async (c, next) => {
	const actor = await identify(c);
	if (actor.type === 'anonymous') throw await refuse(c, unauthorized());
	if (actor.type === 'enrolling') throw forbidden('set up two-factor authentication first');
	const { app } = c.var.ctx;
	const isUser = actor.type === 'user';
	if (isUser && changesState(c.req.method) && !originIsAllowed(app.config, c.req.raw.headers)) {
		throw forbidden('this request came from another site');
	}
	c.set('ctx', { ...c.var.ctx, actor });
	await limit(c, 'api', keyOf(actor));
	await next();
};

async function identify(c: ApiContext): Promise<Actor> {
	const apiKey = c.req.header('X-API-Key') || bearerToken(c);
	const isForeign = isForeignSubresource(c.req.raw.headers);
	const cookie = isForeign ? null : c.req.header('Cookie');
	const given = { apiKey, cookie, ip: addressOfClient(c) };
	try {
		return await authenticate(c.var.ctx.app, given, (cookie) =>
			c.header('Set-Cookie', cookie.serialize(), { append: true }),
		);
	} catch (error) {
		if (error instanceof AppError && error.code === 'unauthorized') throw await refuse(c, error);
		throw error;
	}
}

/** Returns the token in `Authorization: Bearer …`, if any. */
export const bearerToken = (c: ApiContext) =>
	/^Bearer +(.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];

/** Counts the refusal, which limits how many keys a network can try, and returns it. */
async function refuse(c: ApiContext, error: AppError): Promise<AppError> {
	await limit(c, 'refused', networkOfClient(c));
	return error;
}

/** Counts one use of a further limit by the caller. */
export const limitActor = (c: ApiContext, name: LimitName): Promise<void> =>
	limit(c, name, keyOf(c.var.ctx.actor));

const keyOf = (actor: Actor) => {
	const id = 'id' in actor ? actor.id : null;
	return `${actor.type} ${id ?? 'environment'}`;
};
