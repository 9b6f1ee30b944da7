import type { Sender } from '#lib/contract/common.ts';
import {
	CORE_LEAD_FIELDS,
	type Lead,
	type LeadOutcome,
	type OutcomeStage,
} from '#lib/contract/lead.ts';
import type { Message, Note } from '#lib/contract/message.ts';
import type { Session, Transcript } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import { CLICK_IDS } from '#lib/contract/visitor-context.ts';
import { listMessages } from '#lib/server/conversations/messages/index.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { readNotes } from '#lib/server/conversations/notes/unchecked.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { readQuestions } from '#lib/server/sites/unchecked.ts';
import { readParts } from './get.ts';

const BATCH_SIZE = 500;
const MAX_NOTES = 10_000;

/** The exported parts of a chat session; messages are read in batches to bound memory. */
export interface ExportedChat extends Omit<Transcript, 'messages'> {
	questions: Pick<Question, 'key' | 'label'>[];
	/** Oldest first. */
	notes: Note[];
	messages: () => AsyncGenerator<Message, void, void>;
}

/** Loads the parts of a chat session and the first batch of its messages. Throws `not_found`. Doesn't check permissions. */
export async function loadChat(ctx: Ctx, id: string): Promise<ExportedChat> {
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

/** Yields messages and internal notes in chronological order. */
export async function* mergeMessagesAndNotes({
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

/** Writes a chat session in a format, with times in the given time zone. */
export async function* writeParts<Chunk>(
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
	const format = new Intl.DateTimeFormat('sv-SE', {
		timeZone,
		dateStyle: 'short',
		timeStyle: 'medium',
	});
	return (iso: string) => format.format(new Date(iso));
}

/** The labels of statuses and senders. */
export const COMPLETION_LABELS = {
	in_progress: 'In progress',
	complete: 'Completed',
	abandoned: 'Abandoned',
} as const;
export const QA_LABELS = {
	unchecked: 'Not reviewed',
	passed: 'Passed',
	issue: 'Issue',
	fixed: 'Fixed',
} as const;
export const ARCHIVE_LABELS = { active: 'Active', archived: 'Archived' } as const;
const CHANNEL_LABELS = { web: 'Web', messenger: 'Facebook Messenger', test: 'Test' } as const;

const SENDER_LABELS: Record<Sender, string> = {
	visitor: 'Visitor',
	ai: 'AI',
	agent: 'Agent',
	system: 'System',
};

/** Returns the name of a message's sender if it is known, else their role. */
export function getSenderName(message: Message, session: Session): string {
	if (message.sender === 'visitor') return session.visitor_name ?? SENDER_LABELS.visitor;
	if (message.sender === 'agent') return message.author ?? SENDER_LABELS.agent;
	return SENDER_LABELS[message.sender];
}

/** Returns the visitor's source as labels and values. */
export function createSourceLines({
	context,
	...session
}: Session): [label: string, value: string][] {
	const campaign = [context.utm_source, context.utm_medium, context.utm_campaign];
	const clicks = CLICK_IDS.filter((id) => context[id]);
	const lines: [string, string | undefined][] = [
		['Site', session.site_name],
		['Channel', CHANNEL_LABELS[session.channel]],
		['Page', context.page_url],
		['Landing page', context.landing_url],
		['Referrer', context.referrer],
		['Campaign', campaign.filter(Boolean).join(' / ')],
		['Search term', context.utm_term],
		['Ad content', context.utm_content],
		['Ad click', clicks.map((id) => `${id} ${context[id] ?? ''}`).join(', ')],
		['Device', context.device],
		['Language', context.language],
		['Time zone', context.time_zone],
	];
	return lines.flatMap(([label, value]) => (value ? [[label, value]] : []));
}

const CORE_LABELS = { name: 'Name', email: 'Email', phone: 'Phone', company: 'Company' };
const OTHER_LABELS = { email: 'Other email', phone: 'Other phone' };
const NO_ANSWER = 'No answer';

/** Returns core fields, the site's questions, then other answers, as labels and values; missing values are `No answer`. */
export function createLeadLines(
	lead: Lead | null,
	questions: Pick<Question, 'key' | 'label'>[],
): [label: string, value: string][] {
	const questionLabels = new Map(questions.map(({ key, label }) => [key, label]));
	const keys = new Set([
		...CORE_LEAD_FIELDS,
		...questionLabels.keys(),
		...Object.keys(lead?.answers ?? {}),
	]);
	return [...keys].map((key) => {
		const core = CORE_LEAD_FIELDS.find((name) => name === key);
		const label = core ? CORE_LABELS[core] : (questionLabels.get(key) ?? key);
		const value = core ? lead?.[core === 'phone' ? 'phone_display' : core] : lead?.answers[key];
		return [label, value || NO_ANSWER];
	});
}

/** Returns a lead's additional contacts as labels and values. */
export const createContactLines = (lead: Lead | null): [label: string, value: string][] =>
	(lead?.additional_contacts ?? []).map(({ type, value }) => [OTHER_LABELS[type], value]);

const OUTCOME_LABELS: Record<OutcomeStage, string> = {
	qualified: 'Qualified',
	disqualified: 'Disqualified',
	won: 'Won',
	lost: 'Lost',
};

/** Returns a lead's outcome as labels and values. */
export function createOutcomeLines({
	stage,
	value,
	currency,
	reason,
}: LeadOutcome): [string, string][] {
	if (stage === null) return [];
	const amount = value === null ? [] : [`${currency ?? ''} ${value}`];
	return [
		['Outcome', [OUTCOME_LABELS[stage], ...amount].join(', ')],
		...(reason === null ? [] : [['Reason', reason] as [string, string]]),
	];
}
