import type { Message } from '#lib/contract/message.ts';
import {
	type ExportFormat,
	exportQuery,
	type ExportQuery,
	type Session,
} from '#lib/contract/session.ts';
import { formatCsvHeader, formatCsvLine } from '#lib/csv.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { readQuestions } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { listMessages } from '../messages/index.ts';
import { readMessages } from '../messages/unchecked.ts';
import { readNotes } from '../notes/unchecked.ts';
import { getSession } from '../sessions/index.ts';
import { createLeadLines } from './lines.ts';
import { CSV_PARTS, type ExportedChat, type PartWriters, readParts, TEXT_PARTS } from './parts.ts';

const BATCH_SIZE = 500;
const MAX_NOTES = 10_000;

interface ExportedSession {
	/** Contains only letters, digits, `-`, `_` and the extension's dot, so it is safe in headers and file systems. */
	file_name: string;
	content_type: string;
	chunks: AsyncGenerator<string, void, void>;
}

const CONTENT_TYPES: Record<ExportFormat, string> = {
	txt: 'text/plain; charset=utf-8',
	json: 'application/json',
	csv: 'text/csv; charset=utf-8',
};

/**
 * Exports a chat session with its lead, reviews, notes and messages, in chunks. Checks permissions before the first
 * chunk. Throws `not_found`, and `invalid` for an unknown time zone.
 */
export async function exportSession(
	ctx: Ctx,
	id: string,
	input: ExportQuery = {},
): Promise<ExportedSession> {
	requireTeam(ctx, 'sessions:read');
	const { format, time_zone } = parse(exportQuery, input);
	const chat = await loadChat(ctx, id);
	const { session } = chat;
	await audit(ctx, { action: 'session.exported', chat_session_id: session.id, detail: { format } });
	return {
		file_name: `${session.session_id.slice(0, 60)}.${format}`,
		content_type: CONTENT_TYPES[format],
		chunks: toChunks(chat, format, time_zone),
	};
}

function toChunks(chat: ExportedChat, format: ExportFormat, timeZone: string) {
	switch (format) {
		case 'txt':
			return writeParts(TEXT_PARTS, chat, timeZone);
		case 'json':
			return toJson(chat);
		case 'csv':
			return toCsv(chat);
	}
}

/**
 * Returns a chat session as one JSON object in chunks, like its export, with additional fields. Throws `not_found`. Doesn't
 * check permissions.
 */
export async function writeSessionJson(
	ctx: Ctx,
	id: string,
	additional: Record<string, unknown>,
): Promise<AsyncGenerator<string, void, void>> {
	return toJson({ ...additional, ...(await loadChat(ctx, id)) });
}

async function* toCsv(chat: ExportedChat) {
	yield formatCsvHeader(['session_id', 'part', 'time', 'who', 'field', 'text']);
	for await (const row of writeParts(CSV_PARTS, chat, 'UTC')) {
		yield formatCsvLine([chat.session.session_id, ...row]);
	}
}

/** Writes a chat session as one JSON object in the API's shapes, with `answers` by each question's label. */
async function* toJson({ messages, questions, ...chat }: ExportedChat) {
	const answers = Object.fromEntries(createLeadLines(chat.lead, questions));
	const head = JSON.stringify({ ...chat, answers });
	yield `${head.slice(0, -1)},"messages":[`;
	let comma = '';
	for await (const message of messages()) {
		yield comma + JSON.stringify(message);
		comma = ',';
	}
	yield ']}\n';
}

/** Loads the parts of a chat session and the first batch of its messages. Throws `not_found`. Doesn't check permissions. */
async function loadChat(ctx: Ctx, id: string): Promise<ExportedChat> {
	const system = asSystem(ctx);
	const session = await getSession(system, id);
	const { notes, first, ...found } = await runReads(ctx.db, {
		first: readMessages(session, { after: 0, limit: BATCH_SIZE }),
		...readParts(session),
		questions: readQuestions(session.id),
		notes: readNotes(session, { limit: MAX_NOTES }),
	});
	return {
		session,
		...found,
		notes: notes.items.reverse(),
		messages: () => streamMessages(system, session, first),
	};
}

async function* streamMessages(
	ctx: Ctx,
	session: Session,
	first: Message[],
): AsyncGenerator<Message, void, void> {
	let batch = first;
	for (;;) {
		yield* batch;
		const last = batch.at(-1);
		if (!last || batch.length < BATCH_SIZE) return;
		batch = await listMessages(ctx, session, { after: last.id, limit: BATCH_SIZE });
	}
}

/** Writes a chat session in a format, with times in the given time zone. */
async function* writeParts<Chunk>(
	parts: PartWriters<Chunk>,
	chat: ExportedChat,
	timeZone: string,
): AsyncGenerator<Chunk, void, void> {
	const times = { timeZone, formatTime: createTimeFormatter(timeZone) };
	for (const write of Object.values(parts)) {
		if (typeof write === 'function') yield* write(chat, times);
	}
}

function createTimeFormatter(timeZone: string) {
	// Swedish dates and times look like ISO 8601: 2026-11-23 17:05:00.
	const format = new Intl.DateTimeFormat('sv-SE', {
		timeZone,
		dateStyle: 'short',
		timeStyle: 'medium',
	});
	return (iso: string) => format.format(new Date(iso));
}
