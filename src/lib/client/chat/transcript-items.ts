import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { capitalize, CORE_LEAD_FIELDS } from '#lib/contract/constants.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { Message, Note } from '#lib/contract/message.ts';
import type { Session } from '#lib/contract/session.ts';
import { toCalendarDay } from '#lib/client/format/days.ts';
import type { PendingMessage } from './chat-outbox.svelte.ts';
import type { Sender } from '#lib/contract/common.ts';

type EventIcon = 'lead' | 'complete' | 'agent' | 'ai' | 'system';

/** Consecutive messages of one sender. */
interface Run {
	type: 'run';
	key: string;
	bubbles: [Bubble, ...Bubble[]];
	answered_in_ms: number | null;
	/** Whether the time and sender are always shown, not only on hover. */
	is_caption_shown: boolean;
}

export type TranscriptItem =
	| Run
	| { type: 'event'; key: string; icon: EventIcon; text: string }
	| { type: 'note'; key: string; note: Note };

/** One day of a transcript. */
export interface TranscriptDay {
	key: string;
	at: string;
	/** e.g. `2026-11-23` */
	date: string;
	items: TranscriptItem[];
}

interface TranscriptContext {
	lead: Lead | null;
	session: Pick<Session, 'completed_at'>;
	user: string;
	/** Determines where each day starts. */
	timeZone: string;
	notes?: readonly Note[];
	activity?: readonly AuditEntry[];
}

/** An event or note between messages. */
interface Aside {
	at: string;
	item: Exclude<TranscriptItem, { type: 'run' }>;
}

/** A longer pause starts a new run with its own timestamp. */
const RUN_PAUSE_MS = 10 * 60_000;
/** Only imported messages follow each other faster. */
const MIN_ANSWER_MS = 50;
/** Longer answer times are not shown, because the time of day says more. */
const MAX_ANSWER_MS = 60_000;

/** Groups a transcript for display: by day, then into runs of one sender's messages with events and notes between them. */
export function groupByDay(
	messages: readonly Message[],
	pendingMessages: readonly PendingMessage[],
	context: TranscriptContext,
): TranscriptDay[] {
	const days: TranscriptDay[] = [];
	const leadChanges = describeLeadChanges(context.lead);
	const asides = listAsides(context);
	let previous: Bubble | undefined;
	const openDayAt = (key: string, at: string) =>
		openDay(days, key, at, toCalendarDay(new Date(at), context.timeZone));
	const addAsides = (until: string | null) => {
		while (asides[0] && (until === null || asides[0].at < until)) {
			const aside = asides.shift();
			if (aside) openDayAt(aside.item.key, aside.at).items.push(aside.item);
		}
	};
	for (const bubble of toBubbles(messages, pendingMessages, context.user)) {
		addAsides(bubble.timestamp);
		const items = openDayAt(bubble.key, bubble.timestamp).items;
		addBubble(items, bubble, previous);
		const text = bubble.id === null ? undefined : leadChanges.get(bubble.id);
		if (text) items.push({ type: 'event', key: `lead-${bubble.key}`, icon: 'lead', text });
		previous = bubble;
	}
	addAsides(null);
	showCaptions(days);
	return days;
}

/** Shows the captions of a teammate's messages, fallback replies and the last run before each pause. Other captions would only repeat these. */
function showCaptions(days: TranscriptDay[]): void {
	const runs = days.flatMap(({ items }) => items.filter((item) => item.type === 'run'));
	for (const [index, run] of runs.entries()) {
		const last = run.bubbles.at(-1) ?? run.bubbles[0];
		const next = runs[index + 1]?.bubbles[0];
		run.is_caption_shown =
			last.sender === 'agent' ||
			last.is_fallback ||
			next === undefined ||
			getElapsedMs(last, next) >= RUN_PAUSE_MS;
	}
}

function listAsides({ session, notes = [], activity = [] }: TranscriptContext): Aside[] {
	const asides: Aside[] = notes.map((note) => ({
		at: note.created_at,
		item: { type: 'note', key: `note-${note.id}`, note },
	}));
	for (const { id, action, actor, created_at } of activity) {
		const key = `act-${id}`;
		if (action === 'session.taken_over') {
			const text = `${actor.name} took over`;
			asides.push({ at: created_at, item: { type: 'event', key, icon: 'agent', text } });
		} else if (action === 'session.handed_back') {
			const text = `${actor.name} handed back to the AI`;
			asides.push({ at: created_at, item: { type: 'event', key, icon: 'ai', text } });
		}
	}
	if (session.completed_at !== null) {
		const item = { type: 'event', key: 'complete', icon: 'complete' } as const;
		asides.push({ at: session.completed_at, item: { ...item, text: 'Chat completed' } });
	}
	return asides.sort((a, b) => a.at.localeCompare(b.at));
}

function openDay(days: TranscriptDay[], key: string, at: string, date: string): TranscriptDay {
	const last = days.at(-1);
	if (last?.date === date) return last;
	const day = { key, at, date, items: [] };
	days.push(day);
	return day;
}

function addBubble(items: TranscriptItem[], bubble: Bubble, previous: Bubble | undefined): void {
	if (bubble.sender === 'system') {
		items.push({ type: 'event', key: bubble.key, icon: 'system', text: bubble.text });
		return;
	}
	const last = items.at(-1);
	if (last?.type === 'run' && previous && isSameRun(previous, bubble)) {
		last.bubbles.push(bubble);
		return;
	}
	items.push({
		type: 'run',
		key: `run-${bubble.key}`,
		bubbles: [bubble],
		answered_in_ms: getAnswerTimeMs(previous, bubble),
		is_caption_shown: false,
	});
}

function isSameRun(a: Bubble, b: Bubble): boolean {
	return a.sender === b.sender && a.author === b.author && getElapsedMs(a, b) < RUN_PAUSE_MS;
}

function getAnswerTimeMs(question: Bubble | undefined, answer: Bubble): number | null {
	if (question?.sender !== 'visitor' || answer.sender !== 'ai' || answer.is_fallback) return null;
	const ms = getElapsedMs(question, answer);
	return ms >= MIN_ANSWER_MS && ms <= MAX_ANSWER_MS ? ms : null;
}

const getElapsedMs = (a: Bubble, b: Bubble) => Date.parse(b.timestamp) - Date.parse(a.timestamp);

/** One bubble of a transcript. */
export interface Bubble {
	/** The same before and after the server confirms the message, so that the bubble stays in place. */
	key: string;
	id: number | null;
	sender: Sender;
	author: string | null;
	text: string;
	timestamp: string;
	is_fallback: boolean;
	quick_replies: string[];
	booking_url?: string | undefined;
	/** The quick reply the visitor chose. */
	chosen: string | null;
	state: 'stored' | PendingMessage['state'];
	error?: string;
}

/** Returns stored messages, then pending ones, as bubbles; `user` is the signed-in user's name. */
function toBubbles(
	messages: readonly Message[],
	pendingMessages: readonly PendingMessage[],
	user: string,
): Bubble[] {
	const stored = messages.map((message, index): Bubble => ({
		key: message.client_message_id ?? String(message.id),
		id: message.id,
		sender: message.sender,
		author: message.author,
		text: message.message,
		timestamp: message.timestamp,
		is_fallback: message.is_fallback,
		quick_replies: message.quick_replies,
		booking_url: message.booking_url,
		chosen: findChosenReply(message, messages[index + 1]),
		state: 'stored',
	}));
	const pending = pendingMessages.map((message): Bubble => ({
		key: message.client_message_id,
		id: null,
		sender: 'agent',
		author: user,
		text: message.message,
		timestamp: message.timestamp,
		is_fallback: false,
		quick_replies: [],
		chosen: null,
		state: message.state,
		error: message.error,
	}));
	return [...stored, ...pending];
}

function findChosenReply({ quick_replies }: Message, next: Message | undefined): string | null {
	if (next?.sender !== 'visitor') return null;
	return quick_replies.find((reply) => reply === next.message.trim()) ?? null;
}

/** Describes what each message added to the lead, by message id: "Name and email added to the lead". */
function describeLeadChanges(lead: Lead | null): Map<number, string> {
	const fields = [...groupFieldsByMessage(lead)];
	return new Map(fields.map(([id, names]) => [id, `${formatList(names)} added to the lead`]));
}

/** Returns the lead's fields by the message each came from, core fields first. */
function groupFieldsByMessage(lead: Lead | null): Map<number, string[]> {
	const fields = new Map<number, string[]>();
	const order = [...CORE_LEAD_FIELDS, ...Object.keys(lead?.answers ?? {})];
	for (const key of order) {
		const id = lead?.provenance[key]?.message_id;
		if (typeof id !== 'number') continue;
		fields.set(id, [...(fields.get(id) ?? []), key.replaceAll('_', ' ')]);
	}
	return fields;
}

/** "Name", "Name and email", "Name, email and phone". */
function formatList(words: string[]): string {
	const last = words.at(-1) ?? '';
	const text = words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
	return capitalize(text);
}
