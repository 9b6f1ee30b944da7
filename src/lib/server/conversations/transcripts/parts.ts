import type { Message, Note } from '#lib/contract/message.ts';
import type { Transcript } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import { readLead, readOutcome } from '#lib/server/leads/unchecked.ts';
import { readFlags } from '#lib/server/quality/checks/unchecked.ts';
import { readReviews } from '#lib/server/quality/reviews/unchecked.ts';
import { readHandoffs } from '../handoffs/unchecked.ts';
import type { SessionHandle } from '../sessions/index.ts';
import { readPages } from '../sessions/unchecked.ts';
import {
	ARCHIVE_LABELS,
	COMPLETION_LABELS,
	createContactLines,
	createLeadLines,
	createOutcomeLines,
	createSourceLines,
	getSenderName,
	QA_LABELS,
} from './lines.ts';

/** Returns queries for all parts of a chat session, besides its messages, that are included in its transcript and exports. */
export const readParts = (session: SessionHandle) => ({
	lead: readLead(session),
	outcome: readOutcome(session),
	reviews: readReviews(session),
	flags: readFlags(session),
	handoffs: readHandoffs(session),
	pages: readPages(session.id),
});

/** The exported parts of a chat session; messages are read in batches to bound memory. */
export interface ExportedChat extends Omit<Transcript, 'messages'> {
	questions: Pick<Question, 'key' | 'label'>[];
	/** Oldest first. */
	notes: Note[];
	messages: () => AsyncGenerator<Message, void, void>;
}

interface TimeFormatting {
	timeZone: string;
	formatTime(iso: string): string;
}
/** A format's function for each part of a chat session, or the reason for not writing it. */
export type PartWriters<Chunk> = Record<
	keyof ExportedChat,
	| ((chat: ExportedChat, times: TimeFormatting) => Iterable<Chunk> | AsyncIterable<Chunk>)
	| 'with another part'
	| 'in JSON only'
>;

type LabeledLines = [label: string, value: string][];
type FormatTime = (iso: string) => string;

const MAX_UNDERLINE_WIDTH = 72;

/** Functions that write each part of a chat session as text, in this order. The type requires an entry for every part. */
export const TEXT_PARTS: PartWriters<string> = {
	session: function* (chat, { timeZone, formatTime }) {
		const { session } = chat;
		const title = `Chat with ${session.visitor_name ?? `visitor ${session.id}`}`;
		yield `${title}\n${'='.repeat(Math.min(title.length, MAX_UNDERLINE_WIDTH))}\n`;
		yield formatSection('Session', [
			...createSessionLines(chat, formatTime),
			['Times are in', timeZone],
		]);
		yield formatSection('Source', createSourceLines(session));
	},
	lead: function* ({ lead, questions, outcome }) {
		yield formatSection(lead ? `Lead (score ${lead.score} of 100)` : 'Lead', [
			...createLeadLines(lead, questions),
			...createContactLines(lead),
			...createOutcomeLines(outcome),
		]);
	},
	outcome: 'with another part',
	questions: 'with another part',
	reviews: function* (chat, { formatTime }) {
		yield formatHeading('Review') + formatReviews(chat, formatTime);
	},
	flags: function* (chat) {
		yield formatFlags(chat);
	},
	messages: async function* (chat, { formatTime }) {
		yield formatHeading('Conversation');
		yield* formatConversation(chat, formatTime);
	},
	notes: 'with another part',
	handoffs: 'in JSON only',
	pages: 'in JSON only',
};

function createSessionLines({ session }: ExportedChat, formatTime: FormatTime): LabeledLines {
	const completed = session.completed_at ? `, ${formatTime(session.completed_at)}` : '';
	return [
		['Chat session', session.session_id],
		['Number', String(session.id)],
		['Started', formatTime(session.created_at)],
		['Last activity', formatTime(session.last_activity_at)],
		['Completion', COMPLETION_LABELS[session.completion_status] + completed],
		['Archive', ARCHIVE_LABELS[session.archive_status]],
		['AI engaged', session.ai_engaged ? 'Yes' : 'No'],
		['Assignee', session.assignee?.name ?? 'No one'],
		['Messages', String(session.message_count)],
		...createConsentLines(session, formatTime),
	];
}

function createConsentLines(
	{ consent }: ExportedChat['session'],
	formatTime: FormatTime,
): LabeledLines {
	if (!consent) return [];
	const { accepted_at, version } = consent;
	return [['Consent', `${formatTime(accepted_at)}, to the text of ${formatTime(version)}`]];
}

function formatReviews({ session, reviews }: ExportedChat, formatTime: FormatTime): string {
	const state = `State: ${QA_LABELS[session.qa_status]}\n`;
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
				return `\n${formatTime(created_at)}  ${QA_LABELS[qa_status]}, by ${reviewer}${comments.join('')}\n`;
			})
			.join('')
	);
}

const formatFlags = ({ flags }: ExportedChat): string =>
	flags
		.map(({ title, reason, dismissed }) => {
			const state = dismissed ? ` (dismissed by ${dismissed.by})` : '';
			return `\nFlag: ${title}${state}\n${indent(reason)}\n`;
		})
		.join('');

async function* formatConversation(chat: ExportedChat, formatTime: FormatTime) {
	let isEmpty = true;
	for await (const item of mergeMessagesAndNotes(chat)) {
		isEmpty = false;
		if ('note' in item) {
			const { author, created_at, note } = item.note;
			yield `\n${formatTime(created_at)}  INTERNAL NOTE by ${author.name}\n${indent(note)}\n`;
			continue;
		}
		const { message } = item;
		const fallback = message.is_fallback ? ' (fallback reply)' : '';
		const who = getSenderName(message, chat.session);
		yield `\n${formatTime(message.timestamp)}  ${who}${fallback}\n${indent(message.message)}\n`;
	}
	if (isEmpty) yield 'No messages.\n';
}

const formatHeading = (title: string) => `\n${title}\n${'-'.repeat(title.length)}\n`;

function formatSection(title: string, lines: LabeledLines): string {
	const width = Math.max(...lines.map(([label]) => label.length));
	const text = lines.map(([label, value]) => {
		const [first = '', ...rest] = value.split('\n');
		const continuation = rest.map((line) => `\n${' '.repeat(width + 2)}${line}`);
		return `${`${label}:`.padEnd(width + 2)}${first}${continuation.join('')}\n`;
	});
	return formatHeading(title) + text.join('');
}

const indent = (text: string) => text.replaceAll(/^/gm, '    ');

type CsvRow = [part: string, time: string, who: string, field: string, text: string];

/** Functions that write each part as CSV rows, in this order. Times are ISO 8601 in UTC. */
export const CSV_PARTS: PartWriters<CsvRow> = {
	session: function* ({ session }) {
		yield ['session', session.created_at, '', 'Started', ''];
		const completion = COMPLETION_LABELS[session.completion_status];
		yield ['session', session.completed_at ?? '', '', 'Completion', completion];
		yield ['session', '', '', 'Review', QA_LABELS[session.qa_status]];
		for (const [label, value] of createSourceLines(session)) yield ['source', '', '', label, value];
	},
	lead: function* ({ lead, questions, outcome }) {
		const lines = [
			...createLeadLines(lead, questions),
			...createContactLines(lead),
			...createOutcomeLines(outcome),
		];
		for (const [label, value] of lines) yield ['lead', '', '', label, value];
	},
	outcome: 'with another part',
	questions: 'with another part',
	reviews: function* ({ reviews }) {
		for (const review of reviews) {
			const { created_at, reviewer, qa_status, notes, expected, developer_feedback } = review;
			yield ['review', created_at, reviewer, 'State', QA_LABELS[qa_status]];
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
		for await (const item of mergeMessagesAndNotes(chat)) {
			if ('note' in item) {
				yield ['note', item.note.created_at, item.note.author.name, '', item.note.note];
				continue;
			}
			const { timestamp, sender, message } = item.message;
			yield ['message', timestamp, getSenderName(item.message, chat.session), sender, message];
		}
	},
	notes: 'with another part',
	handoffs: 'in JSON only',
	pages: 'in JSON only',
};

/** Yields messages and internal notes in chronological order. */
async function* mergeMessagesAndNotes({
	messages,
	notes,
}: ExportedChat): AsyncGenerator<{ message: Message } | { note: Note }, void, void> {
	const pendingNotes = [...notes];
	for await (const message of messages()) {
		while (pendingNotes[0] && pendingNotes[0].created_at < message.timestamp) {
			const note = pendingNotes.shift();
			if (note) yield { note };
		}
		yield { message };
	}
	for (const note of pendingNotes) yield { note };
}
