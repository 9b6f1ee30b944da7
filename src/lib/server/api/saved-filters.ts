import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { savedFilter, savedFilterInput, savedFilterPatch } from '#lib/contract/inbox.ts';
import {
	createSavedFilter,
	deleteSavedFilter,
	listSavedFilters,
	updateSavedFilter,
} from '../conversations/saved-filters/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { usersOnly } from './team.ts';

const tags = ['Saved filters'];
const params = z.object({ filter_id: numberParam });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List saved filters',
	description: "The signed-in user's inbox filters, by name.",
	...usersOnly(),
	responses: { 200: json(z.object({ items: z.array(savedFilter) }), 'At most 50 filters') },
});

const create = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Save an inbox filter',
	...usersOnly(),
	request: { body: body(savedFilterInput) },
	responses: { 201: json(savedFilter, 'The filter') },
});

const change = createRoute({
	method: 'patch',
	path: '/{filter_id}',
	tags,
	summary: 'Update a saved filter',
	...usersOnly(),
	request: { params, body: body(savedFilterPatch) },
	responses: { 200: json(savedFilter, 'The updated filter') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{filter_id}',
	tags,
	summary: 'Delete a saved filter',
	...usersOnly(),
	request: { params },
	responses: { 204: { description: 'Deleted' } },
});

/** Returns the routes for the signed-in user's saved filters. */
export function savedFilterRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json({ items: await listSavedFilters(c.var.ctx) }, 200))
		.openapi(create, async (c) =>
			c.json(await createSavedFilter(c.var.ctx, c.req.valid('json')), 201),
		)
		.openapi(change, async (c) => {
			const { filter_id } = c.req.valid('param');
			return c.json(await updateSavedFilter(c.var.ctx, filter_id, c.req.valid('json')), 200);
		})
		.openapi(remove, async (c) => {
			await deleteSavedFilter(c.var.ctx, c.req.valid('param').filter_id);
			return c.body(null, 204);
		});
}
