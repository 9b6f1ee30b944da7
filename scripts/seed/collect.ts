import { findLastQuestion } from '#lib/server/statistics/subscribe.ts';
import { presentReview } from '#lib/server/quality/reviews/list.ts';
import { DAY, HOUR, MINUTE, SECOND } from './calendar.ts';
import type { Chat } from './chat.ts';
import { addDeliveries, addWithdrawal, deliver, IDLE_MINUTES } from './deliveries.ts';
import { flagChat } from './flags.ts';
import { leadOf, type LeadRow } from './lead.ts';
import type { Rows, SeedContext } from './page.ts';
import { Random } from './random.ts';
import { outcomesOf, traceOf } from './outcomes.ts';
import { reviewChat, type ReviewRow } from './reviews.ts';
import { messageRow, sessionRow, type SessionRow } from './session.ts';
import { pickMember } from './team.ts';
import { turnRow } from './turn.ts';

const SAMPLE_PERCENT = 20;
const ACTIVE_DAYS = 10;
const NOTES = [
	'Called back, no answer. Trying again tomorrow.',
	'Spoke on the phone, appointment is set.',
	'Existing customer, see the visit in spring.',
	'Wants a quote by email only.',
	'Good lead, but not before next quarter.',
];

/** Adds the rows of a chat session and all its data to a batch. */
export function collectChat(rows: Rows, chat: Chat, writing: SeedContext): void {
	const { ids, now } = writing;
	const session = sessionRow(chat, now, IDLE_MINUTES);
	const lead = leadOf(chat, now, ids.leads.take());
	const isAbandoned = session.completion_status === 'abandoned';
	if (isAbandoned) session.last_question = openQuestion(chat, lead);
	if (lead) {
		const followedUp = withFirstContact(writing, rows, chat, lead);
		rows.leads.push(followedUp);
		// What became of a lead is known only once someone was in touch.
		if (followedUp.first_contact_at) {
			rows.outcomes.push(...outcomesOf(chat, followedUp, writing.team, now));
		}
	}
	for (const message of chat.messages) rows.messages.push(messageRow(chat, message));
	for (const turn of chat.turns) {
		rows.turns.push(turnRow(chat, turn));
		const trace = traceOf(chat, turn, now);
		if (trace) rows.traces.push(trace);
		if (turn.outcome !== 'ok') rows.errors.push(writing.groups.failureOf(chat, turn));
	}
	const abandonedAt = new Date(session.last_activity_at.getTime() + IDLE_MINUTES * MINUTE);
	const ended = session.completed_at ?? (isAbandoned ? abandonedAt : null);
	addTakeOverEntries(rows, chat);
	if (chat.rescued_at) {
		addAuditEntry(rows, chat, FRONTDESK, chat.rescued_at, 'session.rescued');
	}
	if (chat.completed && chat.undone) {
		const { by, at, reason } = chat.undone;
		addAuditEntry(rows, chat, by, at, 'lead.withdrawn', { reason });
		addWithdrawal(rows, chat, writing, lead, chat.undone);
	}
	addHandoff(rows, chat, writing);
	if (ended) {
		addDeliveries(rows, chat, writing, lead, ended);
		const reviews = review(rows, chat, writing, session, ended);
		flag(rows, chat, writing, session, { ended, reviews });
	}
	archive(rows, chat, writing, session);
	rows.sessions.push(session);
}

function openQuestion(chat: Chat, lead: LeadRow | undefined): string {
	const { name, email, phone, company, answers } = lead ?? {};
	const core = Object.entries({ name, email, phone, company });
	const known = [...Object.keys(answers ?? {}), ...core.flatMap(([key, v]) => (v ? [key] : []))];
	const last = chat.messages.findLast(({ by }) => by === 'ai');
	return findLastQuestion({
		questions: chat.site.model.questions,
		answered: known,
		last_reply: last?.text ?? null,
		asked_by_last_reply: last?.turn?.asked ?? null,
		asked_last: chat.turns.findLast(({ asked }) => asked !== null)?.asked ?? null,
	});
}

/** Adds the first contact to a lead: mostly in time, sometimes late. */
function withFirstContact(
	{ random, team, now }: SeedContext,
	rows: Rows,
	chat: Chat,
	lead: LeadRow,
): LeadRow {
	const { completed } = chat;
	if (!completed || !lead.promise_due_at) return lead;
	const wrote = chat.messages.find(({ by, at }) => by === 'agent' && at >= completed.at);
	if (wrote)
		return { ...lead, first_contact_at: wrote.at, first_contact_by: wrote.user?.name ?? null };
	const at = new Date(Math.round(completed.at.getTime() + random.around(5 * HOUR, 0.8)));
	if (random.chance(0.93) && at <= now) {
		const by = pickMember(random, team.agents);
		addAuditEntry(rows, chat, by, at, 'lead.contacted', { contacted: true });
		if (random.chance(0.15)) addNote(rows, chat, by, at, random.pick(NOTES));
		const overdue_at = at > lead.promise_due_at ? lead.promise_due_at : null;
		return { ...lead, first_contact_at: at, first_contact_by: by.name, overdue_at };
	}
	return { ...lead, overdue_at: lead.promise_due_at <= now ? lead.promise_due_at : null };
}

/** Adds the audit entries of a takeover. */
function addTakeOverEntries(rows: Rows, { taken_over, completed, ...chat }: Chat): void {
	if (!taken_over) return;
	const { by, at, handed_back_at } = taken_over;
	addAuditEntry(rows, chat, by, at, 'session.taken_over');
	if (completed?.by) addAuditEntry(rows, chat, completed.by, completed.at, 'session.completed');
	if (handed_back_at) addAuditEntry(rows, chat, by, handed_back_at, 'session.handed_back');
}

const WAIT_MS = 90 * SECOND;
const REASONS = ['Asks for a discount', 'Wants to talk to a person', 'Has a complaint', null];

/** Adds the handoff that led to a takeover, or in a few other chats a missed one. */
function addHandoff(rows: Rows, chat: Chat, { now }: SeedContext): void {
	const { taken_over, messages } = chat;
	const random = new Random(`handoff ${chat.session_id}`);
	const asked = messages.findLast(({ by }) => by === 'visitor');
	if (!asked || !random.chance(taken_over ? 0.7 : 0.004)) return;
	const wait = Math.min(random.around(25 * SECOND), WAIT_MS - SECOND);
	const at = taken_over ? new Date(Math.round(taken_over.at.getTime() - wait)) : asked.at;
	const deadline_at = new Date(at.getTime() + WAIT_MS);
	if (deadline_at > now) return;
	const reason = random.pick(REASONS);
	addAuditEntry(rows, chat, FRONTDESK, at, 'handoff.requested', reason === null ? {} : { reason });
	if (!taken_over) addAuditEntry(rows, chat, FRONTDESK, deadline_at, 'handoff.missed');
	rows.handoffs.push({
		chat_session_id: chat.id,
		site_id: chat.site.id,
		reason,
		message_id: asked.id,
		requested_by: 'ai',
		requested_at: at,
		deadline_at,
		outcome: taken_over ? 'taken' : 'missed',
		ended_at: taken_over?.at ?? deadline_at,
		taken_by_id: taken_over?.by.id ?? null,
		taken_by: taken_over?.by.name ?? null,
	});
}

/** Whether the review queue would sample this chat. */
const isSampled = (id: number) =>
	Math.floor(
		(Number(((BigInt(id) % 2147483648n) * 2654435761n) % 4294967296n) * 100) / 4294967296,
	) < SAMPLE_PERCENT;

function review(
	rows: Rows,
	chat: Chat,
	writing: SeedContext,
	session: SessionRow,
	ended: Date,
): ReviewRow[] {
	const hasFailed = chat.turns.some(({ outcome }) => outcome !== 'ok');
	session.review_drawn_at = ended;
	session.review_queued_because = hasFailed
		? 'failed'
		: chat.completed
			? 'complete'
			: isSampled(chat.id)
				? 'sampled'
				: null;
	if (!session.review_queued_because) return [];
	session.review_queued_at = ended;
	const { random, team, now, ids } = writing;
	const made: ReviewRow[] = [];
	for (const step of reviewChat(random, chat, team, { ended, now })) {
		const row: ReviewRow = { id: ids.reviews.take(), ...step };
		rows.reviews.push(row);
		made.push(row);
		session.qa_status = row.qa_status;
		const { qa_status, reasons, created_at } = row;
		const by = { id: row.user_id ?? 0, name: row.reviewer };
		addAuditEntry(rows, chat, by, created_at, 'review.submitted', { qa_status, reasons });
		const reviewed = { chat, event: 'review.submitted', key: row.id, at: created_at } as const;
		const submitted = {
			...reviewed,
			review: presentReview(row),
			lead_id: 0,
			idle_minutes: IDLE_MINUTES,
		};
		const sent = deliver(random, submitted, now, ids.deliveries.take);
		rows.deliveries.push(...sent.deliveries);
		rows.attempts.push(...sent.attempts);
	}
	return made;
}

/** Adds what automatic checks found, which also queues chats that no sample drew. */
function flag(
	rows: Rows,
	chat: Chat,
	{ team, now }: SeedContext,
	session: SessionRow,
	{ ended, reviews }: { ended: Date; reviews: ReviewRow[] },
): void {
	const flags = flagChat(chat, team, { ended, reviews, now });
	rows.flags.push(...flags);
	session.is_flagged = flags.some(({ dismissed_at }) => dismissed_at === null);
	if (!session.is_flagged || session.review_queued_at) return;
	session.review_queued_at = ended;
	session.review_queued_because = 'flagged';
}

function archive(
	rows: Rows,
	chat: Chat,
	{ random, team, now }: SeedContext,
	session: SessionRow,
): void {
	const at = new Date(
		Math.round(session.last_activity_at.getTime() + random.around(ACTIVE_DAYS * DAY, 0.5)),
	);
	const isOver = session.completion_status !== 'in_progress' && session.qa_status !== 'issue';
	if (!isOver || at > now || !random.chance(0.55)) return;
	session.archive_status = 'archived';
	session.archived_at = at;
	addAuditEntry(rows, chat, pickMember(random, team.agents), at, 'session.archived');
}

/** A user, or Frontdesk itself, which has no id. */
interface Actor {
	id: number | null;
	name: string;
}

const FRONTDESK: Actor = { id: null, name: 'Frontdesk' };

function addNote(rows: Rows, chat: Chat, by: Actor, at: Date, text: string): void {
	const author = { user_id: by.id, author_name: by.name };
	rows.notes.push({ chat_session_id: chat.id, note: text, ...author, created_at: at });
	addAuditEntry(rows, chat, by, at, 'note.created');
}

function addAuditEntry(
	rows: Rows,
	{ id }: Pick<Chat, 'id'>,
	by: Actor,
	created_at: Date,
	action: string,
	detail: object = {},
): void {
	const actor_type = by.id === null ? 'system' : 'user';
	const actor = { actor_type, user_id: by.id, actor_name: by.name };
	rows.audit.push({ action, ...actor, chat_session_id: id, detail, created_at });
}
