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
import type { ApiContext, ApiEnv } from './env.ts';
import { addressOfClient, limit, networkOfClient } from './limit.ts';

/** What a route for programs and the team has in common; which scope it needs is decided in its verb. */
export const team = (scope: Scope): { middleware: typeof requireSignedIn; security: Security } => ({
	middleware: requireSignedIn,
	security: [{ apiKey: [scope] }, { bearer: [scope] }, { authSession: [] }],
});

/** Says in the API's description which keys a route that grants access refuses. */
export const GRANTS_ACCESS =
	'For signed-in admins and the API_KEY of the environment. Keys created here are refused: what they grant would outlive them.';

type Security = Record<string, string[]>[];

/** Finds out who asks, before the body is looked at; throws Unauthorized, Forbidden for another site's page. */
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

/** The token of `Authorization: Bearer …`. */
export const bearerToken = (c: ApiContext) =>
	/^Bearer +(.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];

/** The refusal, counted, so that keys cannot be tried without end. */
async function refuse(c: ApiContext, error: AppError): Promise<AppError> {
	await limit(c, 'refused', networkOfClient(c));
	return error;
}

const keyOf = (actor: Actor) => {
	const id = 'id' in actor ? actor.id : null;
	return `${actor.type} ${id ?? 'environment'}`;
};
