import {
	ARCHIVE,
	COMPLETION,
	contactLines,
	conversationOf,
	type Gathered,
	leadLines,
	outcomeLines,
	type Parts,
	QA,
	sourceLines,
	speakerOf,
} from './gather.ts';

type Lines = [label: string, value: string][];
type FormatTime = (iso: string) => string;

const WIDTH = 72;

/** Writes each part of a chat session as text, in this order. The types require an entry for every part. */
export const TEXT_PARTS: Parts<string> = {
	session: function* (chat, { timeZone, formatTime }) {
		const { session } = chat;
		const title = `Chat with ${session.visitor_name ?? `visitor ${session.id}`}`;
		yield `${title}\n${'='.repeat(Math.min(title.length, WIDTH))}\n`;
		yield section('Session', [...sessionLines(chat, formatTime), ['Times are in', timeZone]]);
		yield section('Source', sourceLines(session));
	},
	lead: function* ({ lead, questions, outcome }) {
		yield section(lead ? `Lead (score ${lead.score} of 100)` : 'Lead', [
			...leadLines(lead, questions),
			...contactLines(lead),
			...outcomeLines(outcome),
		]);
	},
	outcome: 'with another part',
	questions: 'with another part',
	reviews: function* (chat, { formatTime }) {
		yield heading('Review') + reviewText(chat, formatTime);
	},
	flags: function* (chat) {
		yield flagText(chat);
	},
	messages: async function* (chat, { formatTime }) {
		yield heading('Conversation');
		yield* conversation(chat, formatTime);
	},
	notes: 'with another part',
	handoffs: 'in JSON only',
	pages: 'in JSON only',
};

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

type Row = [part: string, time: string, who: string, field: string, text: string];

/** Writes each part as rows of the CSV, in this order. Times are ISO 8601 in UTC. */
export const CSV_PARTS: Parts<Row> = {
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
