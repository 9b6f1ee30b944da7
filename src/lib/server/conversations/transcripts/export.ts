import { type ExportFormat, exportQuery, type ExportQuery } from '#lib/contract/session.ts';
import { csvHead, csvLine } from '#lib/csv.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { TEXT_PARTS } from './export-text.ts';
import {
	COMPLETION,
	contactLines,
	conversationOf,
	gather,
	type Gathered,
	leadLines,
	outcomeLines,
	type Parts,
	piecesOf,
	QA,
	sourceLines,
	speakerOf,
} from './gather.ts';

interface ExportedSession {
	/** Only letters, digits, `-` and `_`: safe in headers and file systems. */
	file_name: string;
	content_type: string;
	pieces: AsyncGenerator<string, void, void>;
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
	const gathered = await gather(ctx, id);
	const { session } = gathered;
	await audit(ctx, { action: 'session.exported', chat_session_id: session.id, detail: { format } });
	return {
		file_name: `${session.session_id.slice(0, 60)}.${format}`,
		content_type: CONTENT_TYPES[format],
		pieces: write(gathered, format, time_zone),
	};
}

function write(gathered: Gathered, format: ExportFormat, timeZone: string) {
	switch (format) {
		case 'txt':
			return piecesOf(TEXT_PARTS, gathered, timeZone);
		case 'json':
			return asJson(gathered);
		case 'csv':
			return asCsv(gathered);
	}
}

/**
 * Returns a chat session as one JSON object in chunks, like its export, with additional fields. Throws `not_found`. Checks
 * no permission.
 */
export async function writeSessionJson(
	ctx: Ctx,
	id: string,
	additional: Record<string, unknown>,
): Promise<AsyncGenerator<string, void, void>> {
	return asJson({ ...additional, ...(await gather(ctx, id)) });
}

type Row = [part: string, time: string, who: string, field: string, text: string];

/** Writes each part as rows of the CSV, in this order. Times are ISO 8601 in UTC. */
const CSV_PARTS: Parts<Row> = {
	session: function* ({ session }) {
		yield ['session', session.created_at, '', 'Started', ''];
		const completion = COMPLETION[session.completion_status];
		yield ['session', session.completed_at ?? '', '', 'Completion', completion];
		yield ['session', '', '', 'Review', QA[session.qa_status]];
		for (const [label, value] of sourceLines(session)) yield ['source', '', '', label, value];
	},
	lead: function* ({ lead, questions, outcome }) {
		const lines = [...leadLines(lead, questions), ...contactLines(lead), ...outcomeLines(outcome)];
		for (const [label, value] of lines) yield ['lead', '', '', label, value];
	},
	outcome: 'with another part',
	questions: 'with another part',
	reviews: function* ({ reviews }) {
		for (const review of reviews) {
			const { created_at, reviewer, qa_status, notes, expected, developer_feedback } = review;
			yield ['review', created_at, reviewer, 'State', QA[qa_status]];
			if (notes) yield ['review', created_at, reviewer, 'Notes', notes];
			if (expected) yield ['review', created_at, reviewer, 'Expected answer', expected];
			if (developer_feedback) {
				yield ['review', created_at, reviewer, 'Developer feedback', developer_feedback];
			}
		}
	},
	flags: function* ({ flags }) {
		for (const { created_at, source, title, reason } of flags) {
			yield ['flag', created_at, source, title, reason];
		}
	},
	messages: async function* (chat) {
		for await (const item of conversationOf(chat)) {
			if ('note' in item) {
				yield ['note', item.note.created_at, item.note.author.name, '', item.note.note];
				continue;
			}
			const { timestamp, sender, message } = item.message;
			yield ['message', timestamp, speakerOf(item.message, chat.session), sender, message];
		}
	},
	notes: 'with another part',
	handoffs: 'in JSON only',
	pages: 'in JSON only',
};

async function* asCsv(chat: Gathered) {
	yield csvHead(['session_id', 'part', 'time', 'who', 'field', 'text']);
	for await (const row of piecesOf(CSV_PARTS, chat, 'UTC')) {
		yield csvLine([chat.session.session_id, ...row]);
	}
}

/** Writes a chat session as one JSON object in the API's shapes; `answers` has every question by its label. */
async function* asJson({ messages, questions, ...gathered }: Gathered) {
	const answers = Object.fromEntries(leadLines(gathered.lead, questions));
	const head = JSON.stringify({ ...gathered, answers });
	yield `${head.slice(0, -1)},"messages":[`;
	let comma = '';
	for await (const message of messages()) {
		yield comma + JSON.stringify(message);
		comma = ',';
	}
	yield ']}\n';
}
