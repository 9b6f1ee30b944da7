import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from './describe.ts';
import type { ApiEnv } from './env.ts';

const tags = ['Health'];

const health = z.object({ status: z.literal('ok') });
const readiness = z.object({
	status: z.enum(['ok', 'degraded', 'unavailable']),
	database: z.boolean(),
	redis: z.boolean(),
});

const healthz = createRoute({
	method: 'get',
	path: '/healthz',
	tags,
	summary: 'Whether the process runs',
	responses: { 200: json(health, 'It runs') },
});

const readyz = createRoute({
	method: 'get',
	path: '/readyz',
	tags,
	summary: 'Whether the process can serve: the database takes writes. Without Redis it is degraded',
	responses: { 200: json(readiness, 'It can'), 503: json(readiness, 'It cannot') },
});

const metrics = createRoute({
	method: 'get',
	path: '/metrics',
	tags,
	summary: 'Counters and timings for Prometheus',
	responses: {
		200: { description: 'Prometheus text', content: { 'text/plain': { schema: z.string() } } },
	},
});

/** For load balancers and monitoring; without a key. */
export function healthRoutes(isReady: () => Promise<{ database: boolean; redis: boolean }>) {
	return new OpenAPIHono<ApiEnv>()
		.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200))
		.openapi(readyz, async (c) => {
			const parts = await isReady();
			if (!parts.database) return c.json({ status: 'unavailable' as const, ...parts }, 503);
			// Without Redis chats go on in each process, and every process is without it: a balancer has no better one.
			const status = parts.redis ? ('ok' as const) : ('degraded' as const);
			return c.json({ status, ...parts }, 200);
		})
		.openapi(metrics, async (c) => {
			const { registry } = c.var.ctx.app.metrics;
			return c.text(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
		});
}
