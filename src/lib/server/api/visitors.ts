import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { timestamp } from '#lib/contract/common.ts';
import { erased, eraseInput, visitorChats, visitorInput } from '#lib/contract/visitor.ts';
import { eraseVisitor, exportVisitor, findVisitor } from '../privacy/visitors/index.ts';
import { body, json } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { streamOf } from './stream.ts';
import { team } from './team.ts';

const tags = ['Visitors'];

// Of type string: what is streamed is no value that the handler could be checked by.
const STREAMED_JSON: string = 'application/json';
const held = z.object({
	exported_at: timestamp,
	chats: z.array(z.record(z.string(), z.unknown())),
});

// POST throughout: an address in a URL would stand in logs.
const find = createRoute({
	method: 'post',
	path: '/find',
	tags,
	summary: 'The chat sessions of one visitor, by one of them or by an e-mail or phone number',
	...team('sessions:read'),
	request: { body: body(visitorInput) },
	responses: { 200: json(visitorChats, 'At most 100, and how many there are') },
});

const download = createRoute({
	method: 'post',
	path: '/export',
	tags,
	summary: 'All that is held of one visitor, as JSON',
	...team('sessions:read'),
	request: { body: body(visitorInput) },
	responses: {
		200: {
			description: 'Every chat with everything that belongs to it',
			content: { [STREAMED_JSON]: { schema: held } },
		},
	},
});

const erase = createRoute({
	method: 'post',
	path: '/erase',
	tags,
	summary: 'Erase one visitor for good: chats, leads, deliveries, mails; statistics stay',
	...team('admin'),
	request: { body: body(eraseInput) },
	responses: { 200: json(erased, 'How much was erased') },
});

/** What is held of one visitor. */
export function visitorRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(find, async (c) => c.json(await findVisitor(c.var.ctx, c.req.valid('json')), 200))
		.openapi(download, async (c) => {
			const pieces = await exportVisitor(c.var.ctx, c.req.valid('json'));
			return c.newResponse(streamOf(pieces), 200, {
				'Content-Type': 'application/json',
				'Content-Disposition': 'attachment; filename="visitor.json"',
			});
		})
		.openapi(erase, async (c) => c.json(await eraseVisitor(c.var.ctx, c.req.valid('json')), 200));
}
