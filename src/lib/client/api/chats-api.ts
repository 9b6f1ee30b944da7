import { z } from 'zod';
import { auditEntry } from '#lib/contract/audit-entry.ts';
import { bulkResult, type BulkInput } from '#lib/contract/bulk.ts';
import { cannedReply } from '#lib/contract/canned-reply.ts';
import { pageOf } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import type { ExportFormat } from '#lib/contract/export.ts';
import { lead, type LeadInput } from '#lib/contract/lead.ts';
import { leadItem } from '#lib/contract/lead-list.ts';
import { note } from '#lib/contract/note.ts';
import { overview } from '#lib/contract/overview.ts';
import { resumeLink } from '#lib/contract/resume-link.ts';
import type { ReviewInput } from '#lib/contract/review.ts';
import {
	savedFilter,
	type SavedFilterInput,
	type SavedFilterPatch,
} from '#lib/contract/saved-filter.ts';
import { session, sessionCounts, transcript, type SessionPatch } from '#lib/contract/session.ts';
import { statistics } from '#lib/contract/statistics.ts';
import { erased, visitorChats } from '#lib/contract/visitor.ts';
import { downloadText } from '#lib/client/page/download.ts';
import { call, queryOf, sessionPath, type Query } from './call.ts';

const nothing = z.undefined();
const sessions = pageOf(session);

/** Lists of chat sessions, their saved filters, and the statistics over them. */
export const api = {
	listSessions: (query: Query) => call(sessions, 'GET', `/api/sessions?${queryOf(query)}`),
	countSessions: (query: Query) =>
		call(sessionCounts, 'GET', `/api/sessions/counts?${queryOf(query)}`),
	changeSessions: (input: BulkInput) => call(bulkResult, 'POST', '/api/sessions/bulk', input),
	createSavedFilter: (input: SavedFilterInput) =>
		call(savedFilter, 'POST', '/api/saved-filters', input),
	updateSavedFilter: (id: number, patch: SavedFilterPatch) =>
		call(savedFilter, 'PATCH', `/api/saved-filters/${id}`, patch),
	deleteSavedFilter: (id: number) => call(z.unknown(), 'DELETE', `/api/saved-filters/${id}`),
	getTranscript: (id: string) => call(transcript, 'GET', sessionPath(id)),
	updateSession: (id: string, patch: SessionPatch) =>
		call(session, 'PATCH', sessionPath(id), patch),
	submitReview: (id: string, input: ReviewInput) =>
		call(session, 'POST', `${sessionPath(id)}/qa`, input),
	listDeliveries: (session_id: string) =>
		call(pageOf(delivery), 'GET', `/api/deliveries?${queryOf({ session_id, limit: '20' })}`),
	getStatistics: (query: Query) => call(statistics, 'GET', `/api/stats?${queryOf(query)}`),
	getOverview: (query: Query) => call(overview, 'GET', `/api/stats/overview?${queryOf(query)}`),
};

/** One chat session: notes, activity, lead, resume links; and canned replies. */
export const chatApi = {
	listNotes: (id: string) => call(pageOf(note), 'GET', `${sessionPath(id)}/notes?limit=200`),
	addNote: (id: string, text: string) =>
		call(note, 'POST', `${sessionPath(id)}/notes`, { note: text }),
	changeNote: (id: string, noteId: number, text: string) =>
		call(note, 'PATCH', `${sessionPath(id)}/notes/${noteId}`, { note: text }),
	deleteNote: (id: string, noteId: number) =>
		call(nothing, 'DELETE', `${sessionPath(id)}/notes/${noteId}`),
	listActivity: (id: string) =>
		call(pageOf(auditEntry), 'GET', `${sessionPath(id)}/activity?limit=100`),
	listSamePerson: (id: string) =>
		call(z.object({ items: z.array(session) }), 'GET', `${sessionPath(id)}/same-person`),
	updateLead: (id: string, fields: LeadInput) =>
		call(lead, 'PUT', `${sessionPath(id)}/lead`, fields),
	makeResumeLink: (id: string) => call(resumeLink, 'POST', `${sessionPath(id)}/resume-link`),
	deleteSession: (id: string) => call(nothing, 'DELETE', sessionPath(id)),
	signOutVisitor: (id: string) => call(nothing, 'POST', `${sessionPath(id)}/sign-out-visitor`),
	listCannedReplies: () => call(pageOf(cannedReply), 'GET', '/api/canned-replies?limit=200'),
	deleteCannedReply: (id: number) => call(nothing, 'DELETE', `/api/canned-replies/${id}`),
};

/** Returns the address of a chat session as a file, with times in the given zone. */
export const exportUrl = (id: string, format: ExportFormat, time_zone: string) =>
	`${sessionPath(id)}/export?${queryOf({ format, time_zone })}`;

export const leadApi = {
	list: (query: Query) => call(pageOf(leadItem), 'GET', `/api/leads?${queryOf(query)}`),
	setContacted: (id: string, contacted: boolean) =>
		call(lead, 'PUT', `${sessionPath(id)}/lead/contact`, { contacted }),
};

/** All data of the visitor of a chat session, in all their chats. */
export const visitorApi = {
	find: (session_id: string) => call(visitorChats, 'POST', '/api/visitors/find', { session_id }),
	erase: (session_id: string) =>
		call(erased, 'POST', '/api/visitors/erase', { session_id, confirm: 'erase' }),
};

/** Downloads all data of a visitor as a JSON file. */
export async function downloadVisitor(session_id: string): Promise<void> {
	const data = await call(z.unknown(), 'POST', '/api/visitors/export', { session_id });
	downloadText(`visitor-${session_id}.json`, JSON.stringify(data, null, '\t'), 'application/json');
}
