import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import { lead, leadContactInput, leadOutcome, outcomeInput } from '#lib/contract/lead.ts';
import {
	leadCounts,
	leadCountsQuery,
	leadFilter,
	leadItem,
	leadListQuery,
} from '#lib/contract/lead-list.ts';
import {
	countLeads,
	exportLeads,
	clearOutcome,
	getOutcome,
	listLeads,
	markLeadContacted,
	setOutcome,
} from '../leads/index.ts';
import { type ApiEnv, body, json, sessionParam, toTextStream } from './route.ts';
import { team } from './team.ts';

const tags = ['Leads'];

const list = createRoute({
	method: 'get',
	path: '/leads',
	tags,
	summary: 'List leads',
	description: 'Sorted by time, score or deadline. With `grouped`, returns one lead per person.',
	...team('leads:read'),
	request: { query: leadListQuery },
	responses: { 200: json(pageSchema(leadItem), 'A page of leads') },
});

const counts = createRoute({
	method: 'get',
	path: '/leads/counts',
	tags,
	summary: 'Count leads by view',
	...team('leads:read'),
	request: { query: leadCountsQuery },
	responses: { 200: json(leadCounts, 'The number of leads in each view, up to 1,000') },
});

const download = createRoute({
	method: 'get',
	path: '/leads.csv',
	tags,
	summary: 'Export leads as CSV',
	...team('leads:read'),
	request: { query: leadFilter },
	responses: {
		200: { description: 'One row per lead', content: { 'text/csv': { schema: z.string() } } },
	},
});

const contact = createRoute({
	method: 'put',
	path: '/{session_id}/lead/contact',
	tags,
	summary: 'Mark a lead as contacted or not contacted',
	...team('leads:write'),
	request: { params: sessionParam, body: body(leadContactInput) },
	responses: { 200: json(lead, 'The updated lead') },
});

const readOutcome = createRoute({
	method: 'get',
	path: '/{session_id}/outcome',
	tags,
	summary: 'Get the outcome of a lead',
	description: 'Includes the history of earlier outcomes and who recorded them.',
	...team('leads:read'),
	request: { params: sessionParam },
	responses: { 200: json(leadOutcome, 'The outcome; its fields are null while there is none') },
});

const recordOutcome = createRoute({
	method: 'put',
	path: '/{session_id}/outcome',
	tags,
	summary: 'Record the outcome of a lead',
	description:
		'Replaces the outcome, and keeps the previous one in the history. Repeating the current outcome changes nothing. Statistics count it on the day the chat started.',
	...team('leads:write'),
	request: { params: sessionParam, body: body(outcomeInput) },
	responses: { 200: json(leadOutcome, 'The outcome') },
});

const clearRecordedOutcome = createRoute({
	method: 'delete',
	path: '/{session_id}/outcome',
	tags,
	summary: 'Clear the outcome of a lead',
	description:
		'Use this for an outcome that was recorded by mistake. Statistics no longer count it, but the history keeps it. Does nothing if there is no outcome.',
	...team('leads:write'),
	request: { params: sessionParam },
	responses: { 200: json(leadOutcome, 'The history; the fields of the outcome are null') },
});

/** Returns the routes for the contact status and outcome of a chat session's lead. */
export function leadPartRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(contact, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await markLeadContacted(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(readOutcome, async (c) =>
			c.json(await getOutcome(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(recordOutcome, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await setOutcome(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(clearRecordedOutcome, async (c) =>
			c.json(await clearOutcome(c.var.ctx, c.req.valid('param').session_id), 200),
		);
}

/** Returns the routes that list and export leads. */
export function leadRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listLeads(c.var.ctx, c.req.valid('query')), 200))
		.openapi(counts, async (c) => c.json(await countLeads(c.var.ctx, c.req.valid('query')), 200))
		.openapi(download, (c) => {
			const lines = exportLeads(c.var.ctx, c.req.valid('query'));
			return c.body(toTextStream(lines), 200, {
				'Content-Type': 'text/csv; charset=utf-8',
				'Content-Disposition': 'attachment; filename="leads.csv"',
			});
		});
}
