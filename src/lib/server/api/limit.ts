import type { MiddlewareHandler } from 'hono';
import { clientAddress, networkOf } from '../core/client-address.ts';
import { countUse, type LimitName } from '../core/rate-limits.ts';
import type { ApiContext, ApiEnv } from './route.ts';

/** Counts one use of a limit and sets the RateLimit headers. Throws RateLimited once the limit is exceeded. */
export async function limit(c: ApiContext, name: LimitName, key: string): Promise<void> {
	const state = await countUse(c.var.ctx.app, name, key);
	if (!state) return;
	c.header('RateLimit-Limit', String(state.limit));
	c.header('RateLimit-Remaining', String(state.remaining));
	c.header('RateLimit-Reset', String(state.reset));
	if (state.refusal) throw state.refusal;
}

/** Counts each request against its network's limit before its body is read. */
export const limitedBy =
	(name: LimitName): MiddlewareHandler<ApiEnv> =>
	async (c, next) => {
		await limit(c, name, networkOfClient(c));
		await next();
	};

/** Returns the client address, resolved according to TRUST_PROXY. */
export function addressOfClient(c: ApiContext): string {
	const env: ApiContext['env'] | undefined = c.env;
	const socket = env?.incoming?.socket.remoteAddress;
	return clientAddress(c.var.ctx.app.config, socket, c.req.header('X-Forwarded-For'));
}

/** Returns the network that a request counts against. */
export const networkOfClient = (c: ApiContext): string => networkOf(addressOfClient(c));
