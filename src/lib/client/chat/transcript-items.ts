import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Note } from '#lib/contract/note.ts';
import type { Session } from '#lib/contract/session.ts';
import { dayOf } from '#lib/client/statistics/days.ts';
import { bubblesOf, type Bubble } from './bubbles.ts';
import type { Outgoing } from './chat-outbox.svelte.ts';
import { learnedByMessage } from './learned.ts';

export type EventIcon = 'lead' | 'complete' | 'agent' | 'ai' | 'system';

export type TranscriptItem =
	| { type: 'run'; key: string; bubbles: [Bubble, ...Bubble[]]; answered_in_ms: number | null }
	| { type: 'event'; key: string; icon: EventIcon; text: string }
	| { type: 'note'; key: string; note: Note };

/** What was said on one day. */
export interface TranscriptDay {
	key: string;
	at: string;
	/** As `2026-11-23`. */
	date: string;
	items: TranscriptItem[];
}

interface About {
	lead: Lead | null;
	session: Pick<Session, 'completed_at'>;
	user: string;
	/** Whose days separate what was said. */
	timeZone: string;
	notes?: readonly Note[];
	activity?: readonly AuditEntry[];
}

/** What stands between the words, at its time. */
interface Aside {
	at: string;
	item: Exclude<TranscriptItem, { type: 'run' }>;
}

/** A longer pause begins a new run, so that its time shows. */
const RUN_PAUSE_MS = 10 * 60_000;
/** A quicker one was imported, not answered. */
const MIN_ANSWER_MS = 50;
/** A slower answer says more by its time of day. */
const MAX_ANSWER_MS = 60_000;

/** A transcript as it is shown: by day, runs of one speaker and what happened between them. */
export function transcriptDays(
	messages: readonly Message[],
	outgoing: readonly Outgoing[],
	about: About,
): TranscriptDay[] {
	const days: TranscriptDay[] = [];
	const learned = learnedByMessage(about.lead);
	const asides = asidesOf(about);
	let previous: Bubble | undefined;
	const dayAt = (key: string, at: string) =>
		openDay(days, key, at, dayOf(new Date(at), about.timeZone));
	const addAsides = (until: string | null) => {
		while (asides[0] && (until === null || asides[0].at < until)) {
			const aside = asides.shift();
			if (aside) dayAt(aside.item.key, aside.at).items.push(aside.item);
		}
	};
	for (const bubble of bubblesOf(messages, outgoing, about.user)) {
		addAsides(bubble.timestamp);
		const items = dayAt(bubble.key, bubble.timestamp).items;
		addBubble(items, bubble, previous);
		const text = bubble.id === null ? undefined : learned.get(bubble.id);
		if (text) items.push({ type: 'event', key: `lead-${bubble.key}`, icon: 'lead', text });
		previous = bubble;
	}
	addAsides(null);
	return days;
}

function asidesOf({ session, notes = [], activity = [] }: About): Aside[] {
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
		asides.push({ at: session.completed_at, item: { ...item, text: 'Chat complete' } });
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
	if (last?.type === 'run' && previous && isOneRun(previous, bubble)) {
		last.bubbles.push(bubble);
		return;
	}
	items.push({
		type: 'run',
		key: `run-${bubble.key}`,
		bubbles: [bubble],
		answered_in_ms: answerTime(previous, bubble),
	});
}

function isOneRun(a: Bubble, b: Bubble): boolean {
	return a.sender === b.sender && a.author === b.author && elapsed(a, b) < RUN_PAUSE_MS;
}

function answerTime(asked: Bubble | undefined, answer: Bubble): number | null {
	if (asked?.sender !== 'visitor' || answer.sender !== 'ai' || answer.is_fallback) return null;
	const ms = elapsed(asked, answer);
	return ms >= MIN_ANSWER_MS && ms <= MAX_ANSWER_MS ? ms : null;
}

const elapsed = (a: Bubble, b: Bubble) => Date.parse(b.timestamp) - Date.parse(a.timestamp);
