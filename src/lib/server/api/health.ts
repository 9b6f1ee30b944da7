import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { type ApiEnv, json } from './route.ts';

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
	summary: 'Check liveness',
	responses: { 200: json(health, 'The process is running') },
});

const readyz = createRoute({
	method: 'get',
	path: '/readyz',
	tags,
	summary: 'Check readiness',
	description:
		'Ready while the database accepts writes. The status is `degraded` while Redis is unreachable.',
	responses: { 200: json(readiness, 'Ready to serve requests'), 503: json(readiness, 'Not ready') },
});

const metrics = createRoute({
	method: 'get',
	path: '/metrics',
	tags,
	summary: 'Get metrics',
	responses: {
		200: {
			description: 'Metrics in the Prometheus text format',
			content: { 'text/plain': { schema: z.string() } },
		},
	},
});

/** Returns the routes for load balancers and monitoring. They need no API key. */
export function healthRoutes(checkReadiness: () => Promise<{ database: boolean; redis: boolean }>) {
	return new OpenAPIHono<ApiEnv>()
		.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200))
		.openapi(readyz, async (c) => {
			const checks = await checkReadiness();
			if (!checks.database) return c.json({ status: 'unavailable' as const, ...checks }, 503);
			// Chats work within each process without Redis, and an outage affects all processes, so taking this one out of rotation wouldn't help.
			const status = checks.redis ? ('ok' as const) : ('degraded' as const);
			return c.json({ status, ...checks }, 200);
		})
		.openapi(metrics, async (c) => {
			const { registry } = c.var.ctx.app.metrics;
			return c.text(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
		});
}
