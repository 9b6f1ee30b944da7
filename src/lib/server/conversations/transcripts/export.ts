import { type ExportFormat, exportQuery, type ExportQuery } from '#lib/contract/session.ts';
import { csvHead, csvLine } from '#lib/csv.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import {
	ARCHIVE,
	COMPLETION,
	contactLines,
	conversationOf,
	gather,
	type Gathered,
	leadLines,
	outcomeLines,
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
			return asText(gathered, timeZone);
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

type Lines = [label: string, value: string][];
type FormatTime = (iso: string) => string;

const WIDTH = 72;

/** Writes a chat session as readable text: visitor, lead, reviews and conversation, in the given time zone. */
async function* asText(gathered: Gathered, timeZone: string) {
	const formatTime = timeFormatter(timeZone);
	const { session, lead, questions } = gathered;
	const title = `Chat with ${session.visitor_name ?? `visitor ${session.id}`}`;
	yield `${title}\n${'='.repeat(Math.min(title.length, WIDTH))}\n`;
	yield section('Session', [...sessionLines(gathered, formatTime), ['Times are in', timeZone]]);
	yield section('Source', sourceLines(session));
	yield section(lead ? `Lead (score ${lead.score} of 100)` : 'Lead', [
		...leadLines(lead, questions),
		...contactLines(lead),
		...outcomeLines(gathered.outcome),
	]);
	yield heading('Review') + reviewText(gathered, formatTime) + flagText(gathered);
	yield heading('Conversation');
	yield* conversation(gathered, formatTime);
}

function sessionLines({ session }: Gathered, formatTime: FormatTime): Lines {
	const completed = session.completed_at ? `, ${formatTime(session.completed_at)}` : '';
	return [
		['Chat session', session.session_id],
		['Number', String(session.id)],
		['Started', formatTime(session.created_at)],
		['Last activity', formatTime(session.last_activity_at)],
		['Completion', COMPLETION[session.completion_status] + completed],
		['Archive', ARCHIVE[session.archive_status]],
		['AI engaged', session.ai_engaged ? 'Yes' : 'No'],
		['Assignee', session.assignee?.name ?? 'No one'],
		['Messages', String(session.message_count)],
		...consentLine(session, formatTime),
	];
}

function consentLine({ consent }: Gathered['session'], formatTime: FormatTime): Lines {
	if (!consent) return [];
	const { accepted_at, version } = consent;
	return [['Consent', `${formatTime(accepted_at)}, to the text of ${formatTime(version)}`]];
}

function reviewText({ session, reviews }: Gathered, formatTime: FormatTime): string {
	const state = `State: ${QA[session.qa_status]}\n`;
	return (
		state +
		reviews
			.map((review) => {
				const { reviewer, created_at, qa_status, notes, expected, developer_feedback } = review;
				const parts = [
					notes && ['Notes', notes],
					expected && ['Expected answer', expected],
					developer_feedback && ['Developer feedback', developer_feedback],
				];
				const comments = parts.flatMap((part) =>
					part ? [`\n${indent(`${part[0] ?? ''}: ${part[1] ?? ''}`)}`] : [],
				);
				return `\n${formatTime(created_at)}  ${QA[qa_status]}, by ${reviewer}${comments.join('')}\n`;
			})
			.join('')
	);
}

const flagText = ({ flags }: Gathered): string =>
	flags
		.map(({ title, reason, dismissed }) => {
			const state = dismissed ? ` (dismissed by ${dismissed.by})` : '';
			return `\nFlag: ${title}${state}\n${indent(reason)}\n`;
		})
		.join('');

async function* conversation(gathered: Gathered, formatTime: FormatTime) {
	let isEmpty = true;
	for await (const item of conversationOf(gathered)) {
		isEmpty = false;
		if ('note' in item) {
			const { author, created_at, note } = item.note;
			yield `\n${formatTime(created_at)}  INTERNAL NOTE by ${author.name}\n${indent(note)}\n`;
			continue;
		}
		const { message } = item;
		const fallback = message.is_fallback ? ' (fallback reply)' : '';
		const who = speakerOf(message, gathered.session);
		yield `\n${formatTime(message.timestamp)}  ${who}${fallback}\n${indent(message.message)}\n`;
	}
	if (isEmpty) yield 'No messages.\n';
}

const heading = (title: string) => `\n${title}\n${'-'.repeat(title.length)}\n`;

function section(title: string, lines: Lines): string {
	const width = Math.max(...lines.map(([label]) => label.length));
	const text = lines.map(([label, value]) => {
		const [first = '', ...rest] = value.split('\n');
		const more = rest.map((line) => `\n${' '.repeat(width + 2)}${line}`);
		return `${`${label}:`.padEnd(width + 2)}${first}${more.join('')}\n`;
	});
	return heading(title) + text.join('');
}

const indent = (text: string) => text.replaceAll(/^/gm, '    ');

function timeFormatter(timeZone: string): FormatTime {
	const format = new Intl.DateTimeFormat('sv-SE', {
		timeZone,
		dateStyle: 'short',
		timeStyle: 'medium',
	});
	return (iso) => format.format(new Date(iso));
}

/** Writes a chat session as CSV: one line per detail or message, distinguished by `part`; times are ISO 8601 in UTC. */
async function* asCsv(gathered: Gathered) {
	const { session, lead, outcome, questions, reviews, flags } = gathered;
	const line = (part: string, time: string, who: string, field: string, text: string) =>
		csvLine([session.session_id, part, time, who, field, text]);
	yield csvHead(['session_id', 'part', 'time', 'who', 'field', 'text']);
	yield line('session', session.created_at, '', 'Started', '');
	const completion = COMPLETION[session.completion_status];
	yield line('session', session.completed_at ?? '', '', 'Completion', completion);
	yield line('session', '', '', 'Review', QA[session.qa_status]);
	for (const [label, value] of sourceLines(session)) yield line('source', '', '', label, value);
	const leadPart = [...leadLines(lead, questions), ...contactLines(lead), ...outcomeLines(outcome)];
	for (const [label, value] of leadPart) yield line('lead', '', '', label, value);
	for (const review of reviews) {
		const { created_at, reviewer, qa_status, notes, expected, developer_feedback } = review;
		yield line('review', created_at, reviewer, 'State', QA[qa_status]);
		if (notes) yield line('review', created_at, reviewer, 'Notes', notes);
		if (expected) yield line('review', created_at, reviewer, 'Expected answer', expected);
		if (developer_feedback) {
			yield line('review', created_at, reviewer, 'Developer feedback', developer_feedback);
		}
	}
	for (const { created_at, source, title, reason } of flags) {
		yield line('flag', created_at, source, title, reason);
	}
	for await (const item of conversationOf(gathered)) {
		if ('note' in item) {
			yield line('note', item.note.created_at, item.note.author.name, '', item.note.note);
			continue;
		}
		const { message } = item;
		const who = speakerOf(message, session);
		yield line('message', message.timestamp, who, message.sender, message.message);
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
