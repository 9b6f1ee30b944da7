import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { bulkInput, bulkResult } from '#lib/contract/bulk.ts';
import { sessionCounts, sessionCountsQuery, sessionFilter } from '#lib/contract/session.ts';
import { changeSessions } from '../conversations/bulk/index.ts';
import { countSessions, exportSessions } from '../conversations/sessions/index.ts';
import { body, json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { streamOf } from './stream.ts';
import { team } from './team.ts';

const tags = ['Chat sessions'];

const counts = createRoute({
	method: 'get',
	path: '/counts',
	tags,
	summary: "How many chat sessions the inbox's views have, each counted up to 1,000",
	...team('sessions:read'),
	request: { query: sessionCountsQuery },
	responses: { 200: json(sessionCounts, 'The counts') },
});

const bulk = createRoute({
	method: 'post',
	path: '/bulk',
	tags,
	summary: 'Archive, restore, assign, review or delete up to 500 chat sessions',
	...team('sessions:write'),
	request: { body: body(bulkInput) },
	responses: { 200: json(bulkResult, 'What was done, and what was refused and why') },
});

const download = createRoute({
	method: 'get',
	path: '/sessions.csv',
	tags,
	summary: 'All chat sessions that match a filter, as CSV',
	...team('sessions:read'),
	request: { query: sessionFilter },
	responses: {
		200: {
			description: 'One line a chat session',
			content: { 'text/csv': { schema: z.string() } },
		},
	},
});

/** Many chat sessions at once. */
export function sessionsAtOnceRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(counts, async (c) => c.json(await countSessions(c.var.ctx, c.req.valid('query')), 200))
		.openapi(bulk, async (c) => c.json(await changeSessions(c.var.ctx, c.req.valid('json')), 200));
}

/** All that match, as a file. */
export function sessionsFileRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(download, (c) => {
		const lines = exportSessions(c.var.ctx, c.req.valid('query'));
		return c.body(streamOf(lines), 200, {
			'Content-Type': 'text/csv; charset=utf-8',
			'Content-Disposition': 'attachment; filename="chats.csv"',
		});
	});
}
