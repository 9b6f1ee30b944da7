import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { timestamp } from '#lib/contract/common.ts';
import { erased, eraseInput, visitorChats, visitorInput } from '#lib/contract/visitor.ts';
import { eraseVisitor, exportVisitor, findVisitor } from '../privacy/visitors/index.ts';
import { type ApiEnv, documentErrors, body, json, toTextStream } from './route.ts';
import { team } from './team.ts';

const tags = ['Visitors'];

// Widened to string, because the handler streams the body and its type can't be checked against the schema.
const STREAMED_JSON: string = 'application/json';
const visitorExport = z.object({
	exported_at: timestamp,
	chats: z.array(z.record(z.string(), z.unknown())),
});

// All routes use POST: an email address in a URL would end up in access logs.
const find = createRoute({
	method: 'post',
	path: '/find',
	tags,
	summary: "Find a visitor's chat sessions",
	description: 'Matches by chat session, email or phone number.',
	...team('sessions:read'),
	request: { body: body(visitorInput) },
	responses: { 200: json(visitorChats, 'At most 100 chat sessions, and the total') },
});

const download = createRoute({
	method: 'post',
	path: '/export',
	tags,
	summary: "Export a visitor's data",
	description: 'Everything stored about one visitor, as JSON.',
	...team('sessions:read'),
	request: { body: body(visitorInput) },
	...documentErrors('not_found'),
	responses: {
		200: {
			description: 'Every chat session and everything that belongs to it',
			content: { [STREAMED_JSON]: { schema: visitorExport } },
		},
	},
});

const erase = createRoute({
	method: 'post',
	path: '/erase',
	tags,
	summary: "Erase a visitor's data",
	description:
		'Deletes chats, leads, deliveries and emails; aggregated statistics are kept. This cannot be undone.',
	...team('admin'),
	request: { body: body(eraseInput) },
	responses: { 200: json(erased, 'How many records were erased') },
});

/** Returns the routes that find, export and erase a visitor's data. */
export function visitorRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(find, async (c) => c.json(await findVisitor(c.var.ctx, c.req.valid('json')), 200))
		.openapi(download, async (c) => {
			const chunks = await exportVisitor(c.var.ctx, c.req.valid('json'));
			return c.newResponse(toTextStream(chunks), 200, {
				'Content-Type': 'application/json',
				'Content-Disposition': 'attachment; filename="visitor.json"',
			});
		})
		.openapi(erase, async (c) => c.json(await eraseVisitor(c.var.ctx, c.req.valid('json')), 200));
}
