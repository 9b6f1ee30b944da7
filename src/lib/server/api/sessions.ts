import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { bulkInput, bulkResult } from '#lib/contract/inbox.ts';
import {
	session,
	sessionCounts,
	sessionCountsQuery,
	sessionFilter,
	sessionListQuery,
	sessionPatch,
	transcript,
	undoCompletionInput,
} from '#lib/contract/session.ts';
import { pageSchema } from '#lib/contract/common.ts';
import { ingestInput, ingestResult } from '#lib/contract/workflows.ts';
import { leadFields, leadUpdate } from '#lib/contract/lead.ts';
import { reviewInput } from '#lib/contract/review.ts';
import { changeSessions } from '../conversations/bulk/index.ts';
import {
	countSessions,
	deleteSession,
	exportSessions,
	listSessions,
	updateSession,
} from '../conversations/sessions/index.ts';
import { notFound } from '../core/errors.ts';
import { undoCompletion, updateLead } from '../leads/index.ts';
import { ingestMessages } from '../conversations/messages/index.ts';
import { submitReview } from '../quality/reviews/index.ts';
import { getTranscript } from '../conversations/transcripts/index.ts';
import { type ApiEnv, body, json, sessionParam, toTextStream } from './route.ts';
import { team } from './team.ts';

const tags = ['Chat sessions'];

const counts = createRoute({
	method: 'get',
	path: '/counts',
	tags,
	summary: 'Count chat sessions by inbox view',
	description: 'Each count stops at 1,000.',
	...team('sessions:read'),
	request: { query: sessionCountsQuery },
	responses: { 200: json(sessionCounts, 'The counts') },
});

const bulk = createRoute({
	method: 'post',
	path: '/bulk',
	tags,
	summary: 'Change chat sessions in bulk',
	description: 'Archives, restores, assigns, reviews or deletes up to 500 chat sessions.',
	...team('sessions:write'),
	request: { body: body(bulkInput) },
	responses: {
		200: json(bulkResult, 'The changed chat sessions, and the rejected ones with reasons'),
	},
});

const download = createRoute({
	method: 'get',
	path: '/sessions.csv',
	tags,
	summary: 'Export chat sessions as CSV',
	...team('sessions:read'),
	request: { query: sessionFilter },
	responses: {
		200: {
			description: 'One row per chat session',
			content: { 'text/csv': { schema: z.string() } },
		},
	},
});

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List chat sessions',
	description: 'Most recent activity first.',
	...team('sessions:read'),
	request: { query: sessionListQuery },
	responses: { 200: json(pageSchema(session), 'A page of chat sessions') },
});

const get = createRoute({
	method: 'get',
	path: '/{session_id}',
	tags,
	summary: 'Get a chat session',
	description: 'Includes its lead, messages and reviews.',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(transcript, 'The chat session') },
});

const change = createRoute({
	method: 'patch',
	path: '/{session_id}',
	tags,
	summary: 'Update a chat session',
	description: 'Archives, restores, completes or assigns it.',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(sessionPatch) },
	responses: { 200: json(session, 'The updated chat session') },
});

const undo = createRoute({
	method: 'post',
	path: '/{session_id}/undo-completion',
	tags,
	summary: 'Undo the completion of a chat session',
	description:
		'The chat session is in progress again. Endpoints that received its lead get `lead.withdrawn` with the reason.',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(undoCompletionInput) },
	responses: { 200: json(session, 'The reopened chat session') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{session_id}',
	tags,
	summary: 'Delete a chat session',
	description: 'Deletes everything that belongs to it. This cannot be undone.',
	...team('admin'),
	request: { params: sessionParam },
	responses: { 204: { description: 'Deleted' } },
});

const ingest = createRoute({
	method: 'post',
	path: '/{session_id}/messages',
	tags,
	summary: 'Ingest messages',
	description:
		'Stores up to 500 messages from another system and creates the chat session if it does not exist. Returns 404 for a deleted one.',
	...team('sessions:write'),
	request: {
		params: z.object({ session_id: z.string().max(200) }),
		body: body(ingestInput),
	},
	responses: { 200: json(ingestResult, 'The number of messages stored, and the chat session') },
});

const putLead = createRoute({
	method: 'put',
	path: '/{session_id}/lead',
	tags,
	summary: "Update a chat session's lead",
	description:
		'Merges the fields into the lead. Unknown keys become answers; invalid values are listed in the response.',
	...team('leads:write'),
	request: { params: sessionParam, body: body(leadFields) },
	responses: { 200: json(leadUpdate, 'The updated lead, and the fields with invalid values') },
});

const review = createRoute({
	method: 'post',
	path: '/{session_id}/qa',
	tags,
	summary: 'Review a chat session',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(reviewInput) },
	responses: { 200: json(session, 'The updated chat session') },
});

/** Returns the routes for chat sessions. `/bulk` and `/counts` precede `/{session_id}`, which would match them. */
export function sessionRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(counts, async (c) => c.json(await countSessions(c.var.ctx, c.req.valid('query')), 200))
		.openapi(bulk, async (c) => c.json(await changeSessions(c.var.ctx, c.req.valid('json')), 200))
		.openapi(list, async (c) => c.json(await listSessions(c.var.ctx, c.req.valid('query')), 200))
		.openapi(get, async (c) =>
			c.json(await getTranscript(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(change, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await updateSession(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(undo, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await undoCompletion(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(remove, async (c) => {
			await deleteSession(c.var.ctx, c.req.valid('param').session_id);
			return c.body(null, 204);
		})
		.openapi(ingest, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await ingestMessages(c.var.ctx, session_id, c.req.valid('json')), 200);
		})
		.openapi(putLead, async (c) => {
			const { session_id } = c.req.valid('param');
			const fields = c.req.valid('json');
			const updated = await updateLead(c.var.ctx, { session_id }, { fields });
			if (!updated) throw notFound('the lead');
			return c.json(updated, 200);
		})
		.openapi(review, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await submitReview(c.var.ctx, session_id, c.req.valid('json')), 200);
		});
}

/** Returns the route that exports chat sessions. */
export function sessionExportRoutes() {
	return new OpenAPIHono<ApiEnv>().openapi(download, (c) => {
		const lines = exportSessions(c.var.ctx, c.req.valid('query'));
		return c.body(toTextStream(lines), 200, {
			'Content-Type': 'text/csv; charset=utf-8',
			'Content-Disposition': 'attachment; filename="chats.csv"',
		});
	});
}
