import type { MiddlewareHandler } from 'hono';
import { AppError } from '../core/errors.ts';
import { requireOrigin } from '../sites/index.ts';
import type { ApiContext, ApiEnv } from './env.ts';

const EXPOSED = 'X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset';

/**
 * Lets pages of other origins read the answers. Which site a call is for is only known inside of the handler, whose
 * `checkOrigin` takes the permission back; problems met before that may be read by any page. No cookies are involved.
 */
export const widgetCors: MiddlewareHandler<ApiEnv> = async (c, next) => {
	c.header('Vary', 'Origin');
	// Beacons of pages that isolate themselves are no CORS requests.
	c.header('Cross-Origin-Resource-Policy', 'cross-origin');
	const origin = c.req.header('Origin');
	if (origin === undefined) return next();
	c.header('Access-Control-Allow-Origin', origin);
	c.header('Access-Control-Expose-Headers', EXPOSED);
	if (c.req.method !== 'OPTIONS') return next();
	c.header('Access-Control-Allow-Methods', 'GET, POST');
	c.header('Access-Control-Allow-Headers', 'Content-Type, Authorization');
	c.header('Access-Control-Max-Age', '600');
	return c.body(null, 204);
};

/** Refuses a page that may not embed the site, which then cannot read the answer either; throws Forbidden. */
export async function checkOrigin(
	c: ApiContext,
	site: () => Promise<{ id: number } | { key: string }>,
): Promise<void> {
	const headers = { origin: c.req.header('Origin'), host: c.req.header('Host') };
	try {
		await requireOrigin(c.var.ctx, headers, site);
	} catch (error) {
		const isRefused = error instanceof AppError && error.code === 'forbidden';
		if (isRefused) c.header('Access-Control-Allow-Origin', undefined);
		throw error;
	}
}
