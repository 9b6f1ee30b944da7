import type { MiddlewareHandler } from 'hono';
import type { Scope } from '#lib/contract/api-key.ts';
import {
	authenticate,
	changesState,
	isForeignSubresource,
	isAllowedOrigin,
} from '../team/auth/index.ts';
import type { Actor } from '../core/context.ts';
import { AppError, forbidden, unauthorized } from '../core/errors.ts';
import type { LimitName } from '../core/rate-limits.ts';
import type { ApiContext, ApiEnv } from './route.ts';
import { getClientAddress, limit, getClientNetwork } from './middleware.ts';

/** Returns the shared options of routes for API keys and users. `scope` is only documentation; each verb checks its own permission. */
export const team = (scope: Scope): { middleware: typeof requireSignedIn; security: Security } => ({
	middleware: requireSignedIn,
	security: [{ apiKey: [scope] }, { bearer: [scope] }, { authSession: [] }],
});

/** Returns the shared options of routes about a user's own work, which reject API keys whatever their scopes. */
export const usersOnly = (): { middleware: typeof requireSignedIn; security: Security } => ({
	middleware: requireSignedIn,
	security: [{ authSession: [] }],
});

/** Part of a route description, for routes that grant access and therefore reject most API keys. */
export const GRANTS_ACCESS =
	'Requires a signed-in admin or the server’s `API_KEY`. Other API keys are rejected, because access that they grant would outlive them.';

type Security = Record<string, string[]>[];

/** Authenticates the caller before the body is read. Throws Unauthorized, or Forbidden for requests from another site. */
const requireSignedIn: MiddlewareHandler<ApiEnv> = async (c, next) => {
	const actor = await identify(c);
	if (actor.type === 'anonymous') throw await countRefusal(c, unauthorized());
	if (actor.type === 'enrolling') throw forbidden('set up two-factor authentication first');
	const { app } = c.var.ctx;
	const isUser = actor.type === 'user';
	if (isUser && changesState(c.req.method) && !isAllowedOrigin(app.config, c.req.raw.headers)) {
		throw forbidden('this request came from another site');
	}
	c.set('ctx', { ...c.var.ctx, actor });
	await limit(c, 'api', getActorKey(actor));
	await next();
};

async function identify(c: ApiContext): Promise<Actor> {
	const apiKey = c.req.header('X-API-Key') || getBearerToken(c);
	const isForeign = isForeignSubresource(c.req.raw.headers);
	const cookie = isForeign ? null : c.req.header('Cookie');
	const credentials = { apiKey, cookie, ip: getClientAddress(c) };
	try {
		return await authenticate(c.var.ctx.app, credentials, (cookie) =>
			c.header('Set-Cookie', cookie.serialize(), { append: true }),
		);
	} catch (error) {
		if (error instanceof AppError && error.code === 'unauthorized')
			throw await countRefusal(c, error);
		throw error;
	}
}

/** Returns the token in `Authorization: Bearer …`, if any. */
export const getBearerToken = (c: ApiContext) =>
	/^Bearer +(.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];

/** Counts a failed authentication, which limits how many keys a network can try, and returns `error`. */
async function countRefusal(c: ApiContext, error: AppError): Promise<AppError> {
	await limit(c, 'failed_authentication', getClientNetwork(c));
	return error;
}

/** Counts a call against an additional rate limit of the caller. */
export const limitActor = (c: ApiContext, name: LimitName): Promise<void> =>
	limit(c, name, getActorKey(c.var.ctx.actor));

const getActorKey = (actor: Actor) => {
	const id = 'id' in actor ? actor.id : null;
	return `${actor.type} ${id ?? 'environment'}`;
};
