import { CORE_LEAD_FIELDS, type Lead } from '$lib/contract/lead';
import type { Sender } from '$lib/contract/common';
import type { Message } from '$lib/contract/message';
import type { Session } from '$lib/contract/session';
import { dayKey } from './times';

/** A message of this person that the server has not confirmed yet. */
export interface Outgoing {
	client_message_id: string;
	message: string;
	timestamp: string;
	state: 'sending' | 'failed';
	/** Why it was not sent. */
	error?: string;
}

/** One bubble of a transcript. */
export interface Bubble {
	/** The same before and after the server has confirmed it, so that it stays where it is. */
	key: string;
	id: number | null;
	sender: Sender;
	author: string | null;
	text: string;
	timestamp: string;
	is_fallback: boolean;
	state: 'stored' | Outgoing['state'];
	error?: string;
}

export type TranscriptItem =
	| { type: 'run'; key: string; bubbles: [Bubble, ...Bubble[]]; answered_in_ms: number | null }
	| { type: 'event'; key: string; icon: 'lead' | 'complete' | 'system'; text: string };

/** What was said on one day. */
export interface TranscriptDay {
	key: string;
	at: string;
	items: TranscriptItem[];
}

/** A longer pause begins a new run, so that its time shows. */
const RUN_PAUSE_MS = 10 * 60_000;
/** A quicker one was imported, not answered. */
const MIN_ANSWER_MS = 50;
/** A slower answer says more by its time of day. */
const MAX_ANSWER_MS = 60_000;

const LABELS: Record<string, string> = { email: 'e-mail' };

/** A transcript as it is shown: by day, runs of one speaker and what happened between them. */
export function transcriptDays(
	messages: readonly Message[],
	outgoing: readonly Outgoing[],
	about: { lead: Lead | null; session: Pick<Session, 'completed_at'>; user: string },
): TranscriptDay[] {
	const days: TranscriptDay[] = [];
	const learned = fieldsByMessage(about.lead);
	let completedAt = about.session.completed_at;
	let previous: Bubble | undefined;
	for (const bubble of bubblesOf(messages, outgoing, about.user)) {
		if (previous && completedAt !== null && bubble.timestamp > completedAt) {
			days.at(-1)?.items.push(COMPLETE);
			completedAt = null;
		}
		const items = dayOf(days, bubble).items;
		addBubble(items, bubble, previous);
		const fields = bubble.id === null ? undefined : learned.get(bubble.id);
		if (fields) {
			const text = `${listWords(fields)} added to the lead`;
			items.push({ type: 'event', key: `lead-${bubble.key}`, icon: 'lead', text });
		}
		previous = bubble;
	}
	if (completedAt !== null) days.at(-1)?.items.push(COMPLETE);
	return days;
}

const COMPLETE = {
	type: 'event',
	key: 'complete',
	icon: 'complete',
	text: 'Chat complete',
} as const;

function dayOf(days: TranscriptDay[], bubble: Bubble): TranscriptDay {
	const last = days.at(-1);
	if (last && dayKey(last.at) === dayKey(bubble.timestamp)) return last;
	const day = { key: bubble.key, at: bubble.timestamp, items: [] };
	days.push(day);
	return day;
}

function bubblesOf(
	messages: readonly Message[],
	outgoing: readonly Outgoing[],
	user: string,
): Bubble[] {
	const stored = messages.map((message): Bubble => ({
		key: message.client_message_id ?? String(message.id),
		id: message.id,
		sender: message.sender,
		author: message.author,
		text: message.message,
		timestamp: message.timestamp,
		is_fallback: message.is_fallback,
		state: 'stored',
	}));
	const unconfirmed = outgoing.map((message): Bubble => ({
		key: message.client_message_id,
		id: null,
		sender: 'agent',
		author: user,
		text: message.message,
		timestamp: message.timestamp,
		is_fallback: false,
		state: message.state,
		error: message.error,
	}));
	return [...stored, ...unconfirmed];
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

/** The lead's fields by the message that each came from; core fields first. */
function fieldsByMessage(lead: Lead | null): Map<number, string[]> {
	const fields = new Map<number, string[]>();
	const order = [...CORE_LEAD_FIELDS, ...Object.keys(lead?.answers ?? {})];
	for (const key of order) {
		const id = lead?.provenance[key]?.message_id;
		if (typeof id !== 'number') continue;
		fields.set(id, [...(fields.get(id) ?? []), LABELS[key] ?? key.replaceAll('_', ' ')]);
	}
	return fields;
}

/** "Name", "Name and e-mail", "Name, e-mail and phone". */
function listWords(words: string[]): string {
	const last = words.at(-1) ?? '';
	const text = words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
	return text.charAt(0).toUpperCase() + text.slice(1);
}
