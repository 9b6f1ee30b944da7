import type { MiddlewareHandler } from 'hono';
import { clientAddress, networkOf } from '../core/client-address.ts';
import { countUse, type LimitName } from '../core/rate-limits.ts';
import type { ApiContext, ApiEnv } from './env.ts';

/** Counts one use of a limit, tells the client what is left, and throws RateLimited when it was one too many. */
export async function limit(c: ApiContext, name: LimitName, key: string): Promise<void> {
	const state = await countUse(c.var.ctx.app, name, key);
	if (!state) return;
	c.header('RateLimit-Limit', String(state.limit));
	c.header('RateLimit-Remaining', String(state.remaining));
	c.header('RateLimit-Reset', String(state.reset));
	if (state.refusal) throw state.refusal;
}

/** Counts each request by its network, before anything reads its body. */
export const limitedBy =
	(name: LimitName): MiddlewareHandler<ApiEnv> =>
	async (c, next) => {
		await limit(c, name, networkOfClient(c));
		await next();
	};

/** The address that a request comes from, as TRUST_PROXY lets us see it. */
export function addressOfClient(c: ApiContext): string {
	const env: ApiContext['env'] | undefined = c.env;
	const socket = env?.incoming?.socket.remoteAddress;
	return clientAddress(c.var.ctx.app.config, socket, c.req.header('X-Forwarded-For'));
}

/** The network that a request comes from, as limits count it. */
export const networkOfClient = (c: ApiContext): string => networkOf(addressOfClient(c));
