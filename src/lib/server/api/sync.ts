import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { completionSync, syncResult } from '#lib/contract/sync.ts';
import { syncCompletionStatus } from '../conversations/sessions/index.ts';
import { syncAll } from '../channels/n8n-memory/index.ts';
import { json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const completion = createRoute({
	method: 'post',
	path: '/sync-completion-status',
	tags: ['Sync'],
	summary: 'Look for completions that went unnoticed; safe to call at any time',
	...team('sync'),
	responses: { 200: json(completionSync, 'How many were looked at, and which were complete') },
});

const all = createRoute({
	method: 'post',
	path: '/sync',
	tags: ['Sync'],
	summary:
		"Bring in n8n's chat memory, each row once, and completions that went unnoticed; safe to call at any time",
	...team('sync'),
	responses: { 200: json(syncResult, 'What was found and done') },
});

/** What brings the stored state up to date. */
export function syncRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(completion, async (c) => c.json(await syncCompletionStatus(c.var.ctx), 200))
		.openapi(all, async (c) => c.json(await syncAll(c.var.ctx), 200));
}
