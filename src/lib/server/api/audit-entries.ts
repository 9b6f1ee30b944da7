import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { auditEntry, auditListQuery } from '#lib/contract/audit-entry.ts';
import { pageSchema } from '#lib/contract/common.ts';
import { listAuditEntries } from '../team/audit/index.ts';
import { type ApiEnv, json } from './route.ts';
import { team } from './team.ts';

const list = createRoute({
	method: 'get',
	path: '/',
	tags: ['Audit log'],
	summary: 'List audit entries',
	description: 'Newest first.',
	...team('admin'),
	request: { query: auditListQuery },
	responses: { 200: json(pageSchema(auditEntry), 'A page of audit entries') },
});

/** Returns the route that lists the audit log. */
export function auditRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(list, async (c) =>
		c.json(await listAuditEntries(c.var.ctx, c.req.valid('query')), 200),
	);
}
