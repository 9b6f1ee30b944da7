import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { auditEntry } from '#lib/contract/audit-entry.ts';
import { flag, flagPatch } from '#lib/contract/check.ts';
import { pageSchema, pageQuery } from '#lib/contract/common.ts';
import { exportQuery, resumeLink, session } from '#lib/contract/session.ts';
import { note, noteInput } from '#lib/contract/message.ts';
import { createNote, deleteNote, listNotes, updateNote } from '../conversations/notes/index.ts';
import {
	createResumeLink,
	listSessionsOfPerson,
	signOutVisitor,
} from '../conversations/sessions/index.ts';
import { exportSession, listActivity } from '../conversations/transcripts/index.ts';
import { updateFlag } from '../quality/checks/index.ts';
import { type ApiEnv, body, json, numberParam, sessionParam, toTextStream } from './route.ts';
import { team } from './team.ts';

const tags = ['Chat sessions'];
const noteParams = sessionParam.extend({ note_id: numberParam });

const download = createRoute({
	method: 'get',
	path: '/{session_id}/export',
	tags,
	summary: 'Export a chat session',
	description: 'Includes its lead, reviews, notes and messages, as text, JSON or CSV.',
	...team('sessions:read'),
	request: { params: sessionParam, query: exportQuery },
	responses: {
		200: {
			description: 'The exported file',
			content: {
				'text/plain': { schema: z.string() },
				'application/json': { schema: z.record(z.string(), z.unknown()) },
				'text/csv': { schema: z.string() },
			},
		},
	},
});

const activity = createRoute({
	method: 'get',
	path: '/{session_id}/activity',
	tags,
	summary: "List a chat session's activity",
	description: 'Audit entries about the chat session, newest first.',
	...team('sessions:read'),
	request: { params: sessionParam, query: pageQuery },
	responses: { 200: json(pageSchema(auditEntry), 'A page of audit entries') },
});

const samePerson = createRoute({
	method: 'get',
	path: '/{session_id}/same-person',
	tags,
	summary: 'List chat sessions of the same person',
	description: 'Other chat sessions whose lead has the same email or phone number.',
	...team('sessions:read'),
	request: { params: sessionParam },
	responses: { 200: json(z.object({ items: z.array(session) }), 'At most 20, newest first') },
});

const resumeLinkRoute = createRoute({
	method: 'post',
	path: '/{session_id}/resume-link',
	tags,
	summary: 'Create a resume link',
	description: 'A signed link that continues the chat on another device. Valid for seven days.',
	...team('sessions:write'),
	request: { params: sessionParam },
	responses: { 201: json(resumeLink, 'The resume link') },
});

const revokeTokens = createRoute({
	method: 'post',
	path: '/{session_id}/sign-out-visitor',
	tags,
	summary: 'Sign a visitor out',
	description: "Revokes the visitor's tokens and resume links. Their browser starts a new chat.",
	...team('sessions:write'),
	request: { params: sessionParam },
	responses: { 204: { description: 'Signed out' } },
});

const notes = createRoute({
	method: 'get',
	path: '/{session_id}/notes',
	tags,
	summary: 'List notes',
	description: 'Newest first.',
	...team('sessions:read'),
	request: { params: sessionParam, query: pageQuery },
	responses: { 200: json(pageSchema(note), 'A page of notes') },
});

const addNote = createRoute({
	method: 'post',
	path: '/{session_id}/notes',
	tags,
	summary: 'Create a note',
	description: 'Notes are never shown to visitors.',
	...team('sessions:write'),
	request: { params: sessionParam, body: body(noteInput) },
	responses: { 201: json(note, 'The note') },
});

const changeNote = createRoute({
	method: 'patch',
	path: '/{session_id}/notes/{note_id}',
	tags,
	summary: 'Update a note',
	description: 'Only its author can update it.',
	...team('sessions:write'),
	request: { params: noteParams, body: body(noteInput) },
	responses: { 200: json(note, 'The updated note') },
});

const removeNote = createRoute({
	method: 'delete',
	path: '/{session_id}/notes/{note_id}',
	tags,
	summary: 'Delete a note',
	description: 'Only its author or an admin can delete it.',
	...team('sessions:write'),
	request: { params: noteParams },
	responses: { 204: { description: 'Deleted' } },
});

const changeFlag = createRoute({
	method: 'patch',
	path: '/{session_id}/flags/{flag_id}',
	tags,
	summary: 'Dismiss or restore a flag',
	description: 'A dismissed flag counts against the precision of its check.',
	...team('sessions:write'),
	request: {
		params: sessionParam.extend({ flag_id: numberParam }),
		body: body(flagPatch),
	},
	responses: { 200: json(z.object({ items: z.array(flag) }), 'All flags of the chat session') },
});

/** Returns the routes for a chat session's subresources, such as notes, activity and exports. */
export function sessionSubresourceRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(download, async (c) => {
			const { session_id } = c.req.valid('param');
			const exported = await exportSession(c.var.ctx, session_id, c.req.valid('query'));
			return c.newResponse(toTextStream(exported.chunks), 200, {
				'Content-Type': exported.content_type,
				'Content-Disposition': `attachment; filename="${exported.file_name}"`,
			});
		})
		.openapi(activity, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await listActivity(c.var.ctx, session_id, c.req.valid('query')), 200);
		})
		.openapi(samePerson, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json({ items: await listSessionsOfPerson(c.var.ctx, session_id) }, 200);
		})
		.openapi(revokeTokens, async (c) => {
			await signOutVisitor(c.var.ctx, c.req.valid('param').session_id);
			return c.body(null, 204);
		})
		.openapi(resumeLinkRoute, async (c) =>
			c.json(await createResumeLink(c.var.ctx, c.req.valid('param').session_id), 201),
		)
		.openapi(notes, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await listNotes(c.var.ctx, session_id, c.req.valid('query')), 200);
		})
		.openapi(addNote, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await createNote(c.var.ctx, session_id, c.req.valid('json')), 201);
		})
		.openapi(changeNote, async (c) =>
			c.json(await updateNote(c.var.ctx, c.req.valid('param'), c.req.valid('json')), 200),
		)
		.openapi(changeFlag, async (c) => {
			const { session_id, flag_id } = c.req.valid('param');
			const items = await updateFlag(c.var.ctx, session_id, flag_id, c.req.valid('json'));
			return c.json({ items }, 200);
		})
		.openapi(removeNote, async (c) => {
			await deleteNote(c.var.ctx, c.req.valid('param'));
			return c.body(null, 204);
		});
}
