import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { auditEntry, auditListQuery } from '#lib/contract/audit-entry.ts';
import { pageOf } from '#lib/contract/common.ts';
import { listAuditEntries } from '../team/audit/index.ts';
import { json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const list = createRoute({
	method: 'get',
	path: '/',
	tags: ['Audit log'],
	summary: 'What people and programs did, newest first',
	...team('admin'),
	request: { query: auditListQuery },
	responses: { 200: json(pageOf(auditEntry), 'A page of entries') },
});

/** Who did what, and when. */
export function auditRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(list, async (c) =>
		c.json(await listAuditEntries(c.var.ctx, c.req.valid('query')), 200),
	);
}
