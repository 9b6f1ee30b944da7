import { z } from 'zod';
import { auditEntry } from '#lib/contract/audit-entry.ts';
import { cannedReply } from '#lib/contract/canned-reply.ts';
import { pageOf } from '#lib/contract/common.ts';
import type { ExportFormat } from '#lib/contract/export.ts';
import { lead, type LeadInput } from '#lib/contract/lead.ts';
import { note } from '#lib/contract/note.ts';
import { resumeLink } from '#lib/contract/resume-link.ts';
import { session } from '#lib/contract/session.ts';
import { call, sessionPath } from '#lib/client/api-client.ts';
import { listQuery, type InboxFilter } from '#lib/client/inbox/session-filter.ts';

const gone = z.undefined();

/** What can be asked and done about one chat session beside its transcript. */
export const chatApi = {
	listNotes: (id: string) => call(pageOf(note), 'GET', `${sessionPath(id)}/notes?limit=200`),
	addNote: (id: string, text: string) =>
		call(note, 'POST', `${sessionPath(id)}/notes`, { note: text }),
	changeNote: (id: string, noteId: number, text: string) =>
		call(note, 'PATCH', `${sessionPath(id)}/notes/${noteId}`, { note: text }),
	deleteNote: (id: string, noteId: number) =>
		call(gone, 'DELETE', `${sessionPath(id)}/notes/${noteId}`),
	listActivity: (id: string) =>
		call(pageOf(auditEntry), 'GET', `${sessionPath(id)}/activity?limit=100`),
	listSamePerson: (id: string) =>
		call(z.object({ items: z.array(session) }), 'GET', `${sessionPath(id)}/same-person`),
	updateLead: (id: string, fields: LeadInput) =>
		call(lead, 'PUT', `${sessionPath(id)}/lead`, fields),
	makeResumeLink: (id: string) => call(resumeLink, 'POST', `${sessionPath(id)}/resume-link`),
	deleteSession: (id: string) => call(gone, 'DELETE', sessionPath(id)),
	signOutVisitor: (id: string) => call(gone, 'POST', `${sessionPath(id)}/sign-out-visitor`),
	listCannedReplies: () => call(pageOf(cannedReply), 'GET', '/api/canned-replies?limit=200'),
	deleteCannedReply: (id: number) => call(gone, 'DELETE', `/api/canned-replies/${id}`),
};

/** Where a chat session can be had as a file, with times in the asker's zone. */
export function exportUrl(id: string, format: ExportFormat, time_zone: string): string {
	return `${sessionPath(id)}/export?${new URLSearchParams({ format, time_zone }).toString()}`;
}

/** Where all chat sessions of a filter can be had as a file. */
export const chatsCsvUrl = (filter: InboxFilter) =>
	`/api/sessions.csv?${new URLSearchParams(listQuery(filter, Date.now())).toString()}`;
