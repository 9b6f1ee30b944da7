import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
import { ingestInput, ingestResult } from '#lib/contract/ingest.ts';
import { leadFields, leadUpdate } from '#lib/contract/lead.ts';
import { reviewInput } from '#lib/contract/review.ts';
import { session, sessionListQuery, sessionPatch, transcript } from '#lib/contract/session.ts';
import { notFound } from '../core/errors.ts';
import { updateLead } from '../leads/index.ts';
import { ingestMessages } from '../conversations/messages/index.ts';
import { submitReview } from '../quality/reviews/index.ts';
import { deleteSession, listSessions, updateSession } from '../conversations/sessions/index.ts';
import { getTranscript } from '../conversations/transcripts/index.ts';
import { body, json, sessionParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { team } from './team.ts';

const tags = ['Chat sessions'];

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Chat sessions that match a filter, last activity first',
	...team('sessions:read'),
	request: { query: sessionListQuery },
	responses: { 200: json(pageOf(session), 'A page of chat sessions') },
});

const get = createRoute({
	method: 'get',
	path: '/{session_id}',
	tags,
	summary: 'A chat session with its lead, messages and reviews',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(transcript, 'The chat session and what belongs to it') },
});

const change = createRoute({
	method: 'patch',
	path: '/{session_id}',
	tags,
	summary: 'Archive or restore, complete, or assign a chat session',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(sessionPatch) },
	responses: { 200: json(session, 'The chat session as it is now') },
});

const remove = createRoute({
	method: 'delete',
	path: '/{session_id}',
	tags,
	summary: 'Delete a chat session with everything that belongs to it, for good',
	...team('admin'),
	request: { params: sessionParam },
	responses: { 204: { description: 'It is gone' } },
});

const ingest = createRoute({
	method: 'post',
	path: '/{session_id}/messages',
	tags,
	summary:
		'Store messages from outside, one or up to 500; makes the chat session when it is unknown',
	...team('sessions:write'),
	request: {
		params: z.object({ session_id: z.string().max(200) }),
		body: body(ingestInput),
	},
	responses: { 200: json(ingestResult, 'How many were stored, and the chat session') },
});

const putLead = createRoute({
	method: 'put',
	path: '/{session_id}/lead',
	tags,
	summary:
		"Merge fields into the chat session's lead; unknown keys become answers, bad values are named",
	...team('leads:write'),
	request: { params: sessionParam, body: body(leadFields) },
	responses: { 200: json(leadUpdate, 'The lead as it is now, and the fields that are no values') },
});

const review = createRoute({
	method: 'post',
	path: '/{session_id}/qa',
	tags,
	summary: "Move the chat session's review state",
	...team('sessions:write'),
	request: { params: sessionParam, body: body(reviewInput) },
	responses: { 200: json(session, 'The chat session as it is now') },
});

/** Chat sessions for programs and the dashboard. */
export function sessionRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listSessions(c.var.ctx, c.req.valid('query')), 200))
		.openapi(get, async (c) =>
			c.json(await getTranscript(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(change, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await updateSession(c.var.ctx, session_id, c.req.valid('json')), 200);
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
			const source = c.var.ctx.actor.type === 'user' ? 'agent' : 'api';
			const fields = c.req.valid('json');
			const updated = await updateLead(c.var.ctx, { session_id }, { fields, source });
			if (!updated) throw notFound('the lead');
			return c.json(updated, 200);
		})
		.openapi(review, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await submitReview(c.var.ctx, session_id, c.req.valid('json')), 200);
		});
}
