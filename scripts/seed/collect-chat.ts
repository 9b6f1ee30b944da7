import { findLastQuestion } from '#lib/server/statistics/subscribe.ts';
import { presentReview } from '#lib/server/quality/reviews/list.ts';
import { DAY, HOUR, MINUTE, SECOND } from './calendar.ts';
import type { Chat } from './chat.ts';
import { addDeliveries, addWithdrawal, generateDeliveries, IDLE_MINUTES } from './deliveries.ts';
import { generateFlags } from './flags.ts';
import { buildLead, type LeadRow } from './lead.ts';
import type { Rows, SeedContext } from './batch.ts';
import { Random } from './random.ts';
import { generateOutcomes, generateTrace } from './outcomes.ts';
import { generateReviews, type ReviewRow } from './reviews.ts';
import { toMessageRow, toSessionRow, type SessionRow } from './session.ts';
import { pickMember } from './team.ts';
import { toTurnRow } from './turn.ts';

const SAMPLE_PERCENT = 20;
const ACTIVE_DAYS = 10;
const NOTES = [
	'Called back, no answer. Trying again tomorrow.',
	'Spoke by phone, appointment booked.',
	'Existing customer, see their visit last spring.',
	'Wants a quote by email only.',
	'Good lead, but not before next quarter.',
];

/** Adds the rows of a chat session and all its data to a batch. */
export function collectChat(rows: Rows, chat: Chat, seedContext: SeedContext): void {
	const { ids, now } = seedContext;
	const session = toSessionRow(chat, now, IDLE_MINUTES);
	const lead = buildLead(chat, now, ids.leads.next());
	const isAbandoned = session.completion_status === 'abandoned';
	if (isAbandoned) session.last_question = findOpenQuestion(chat, lead);
	if (lead) {
		const contactedLead = addFirstContact(seedContext, rows, chat, lead);
		rows.leads.push(contactedLead);
		// A lead has an outcome only after the first contact.
		if (contactedLead.first_contact_at) {
			rows.outcomes.push(...generateOutcomes(chat, contactedLead, seedContext.team, now));
		}
	}
	for (const message of chat.messages) rows.messages.push(toMessageRow(chat, message));
	for (const turn of chat.turns) {
		rows.turns.push(toTurnRow(chat, turn));
		const trace = generateTrace(chat, turn, now);
		if (trace) rows.traces.push(trace);
		if (turn.outcome !== 'ok') rows.errors.push(seedContext.groups.toFailure(chat, turn));
	}
	const abandonedAt = new Date(session.last_activity_at.getTime() + IDLE_MINUTES * MINUTE);
	const endedAt = session.completed_at ?? (isAbandoned ? abandonedAt : null);
	addTakeoverEntries(rows, chat);
	if (chat.rescued_at) {
		addAuditEntry(rows, chat, FRONTDESK, chat.rescued_at, 'session.rescued');
	}
	if (chat.completion && chat.withdrawal) {
		const { by, at, reason } = chat.withdrawal;
		addAuditEntry(rows, chat, by, at, 'lead.withdrawn', { reason });
		addWithdrawal(rows, chat, seedContext, lead, chat.withdrawal);
	}
	addHandoff(rows, chat, seedContext);
	if (endedAt) {
		addDeliveries(rows, chat, seedContext, lead, endedAt);
		const reviews = addReviews(rows, chat, seedContext, session, endedAt);
		addFlags(rows, chat, seedContext, session, { endedAt, lead, reviews });
	}
	archiveRandomly(rows, chat, seedContext, session);
	rows.sessions.push(session);
}

function findOpenQuestion(chat: Chat, lead: LeadRow | undefined): string {
	const { name, email, phone, company, answers } = lead ?? {};
	const coreFields = Object.entries({ name, email, phone, company });
	const answeredKeys = [
		...Object.keys(answers ?? {}),
		...coreFields.flatMap(([key, value]) => (value ? [key] : [])),
	];
	const lastReply = chat.messages.findLast(({ by }) => by === 'ai');
	return findLastQuestion({
		questions: chat.site.template.questions,
		answered: answeredKeys,
		last_reply: lastReply?.text ?? null,
		asked_by_last_reply: lastReply?.turn?.asked ?? null,
		asked_last: chat.turns.findLast(({ asked }) => asked !== null)?.asked ?? null,
	});
}

/** Returns the lead with its first contact, which is usually on time, and adds the contact's audit entry. */
function addFirstContact(
	{ random, team, now }: SeedContext,
	rows: Rows,
	chat: Chat,
	lead: LeadRow,
): LeadRow {
	const { completion } = chat;
	if (!completion || !lead.promise_due_at) return lead;
	const agentMessage = chat.messages.find(({ by, at }) => by === 'agent' && at >= completion.at);
	if (agentMessage)
		return {
			...lead,
			first_contact_at: agentMessage.at,
			first_contact_by: agentMessage.user?.name ?? null,
		};
	const at = new Date(Math.round(completion.at.getTime() + random.around(5 * HOUR, 0.8)));
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
function addTakeoverEntries(rows: Rows, { takeover, completion, ...chat }: Chat): void {
	if (!takeover) return;
	const { by, at, handed_back_at } = takeover;
	addAuditEntry(rows, chat, by, at, 'session.taken_over');
	if (completion?.by) addAuditEntry(rows, chat, completion.by, completion.at, 'session.completed');
	if (handed_back_at) addAuditEntry(rows, chat, by, handed_back_at, 'session.handed_back');
}

const HANDOFF_TIMEOUT_MS = 90 * SECOND;
const HANDOFF_REASONS = [
	'Asks for a discount',
	'Wants to talk to a person',
	'Has a complaint',
	null,
];

/** Adds the handoff that led to a takeover, or a missed handoff in a few other chats. */
function addHandoff(rows: Rows, chat: Chat, { now }: SeedContext): void {
	const { takeover, messages } = chat;
	const random = new Random(`handoff ${chat.session_id}`);
	const lastVisitorMessage = messages.findLast(({ by }) => by === 'visitor');
	const isIgnored = messages.some(({ fault }) => fault?.rule === 'person_wanted');
	if (!lastVisitorMessage || isIgnored || !random.chance(takeover ? 0.7 : 0.004)) return;
	const waitMs = Math.min(random.around(25 * SECOND), HANDOFF_TIMEOUT_MS - SECOND);
	const at = takeover
		? new Date(Math.round(takeover.at.getTime() - waitMs))
		: lastVisitorMessage.at;
	const deadline_at = new Date(at.getTime() + HANDOFF_TIMEOUT_MS);
	if (deadline_at > now) return;
	const reason = random.pick(HANDOFF_REASONS);
	addAuditEntry(rows, chat, FRONTDESK, at, 'handoff.requested', reason === null ? {} : { reason });
	if (!takeover) addAuditEntry(rows, chat, FRONTDESK, deadline_at, 'handoff.missed');
	rows.handoffs.push({
		chat_session_id: chat.id,
		site_id: chat.site.id,
		reason,
		message_id: lastVisitorMessage.id,
		requested_by: 'ai',
		requested_at: at,
		deadline_at,
		outcome: takeover ? 'taken' : 'missed',
		ended_at: takeover?.at ?? deadline_at,
		taken_by_id: takeover?.by.id ?? null,
		taken_by: takeover?.by.name ?? null,
	});
}

/** Returns whether the review queue would sample this chat, by the same hash as `enqueueReviews`. */
const isSampled = (id: number) =>
	Math.floor(
		(Number(((BigInt(id) % 2147483648n) * 2654435761n) % 4294967296n) * 100) / 4294967296,
	) < SAMPLE_PERCENT;

function addReviews(
	rows: Rows,
	chat: Chat,
	seedContext: SeedContext,
	session: SessionRow,
	endedAt: Date,
): ReviewRow[] {
	const hasFailedTurn = chat.turns.some(({ outcome }) => outcome !== 'ok');
	session.review_drawn_at = endedAt;
	session.review_queued_because = hasFailedTurn
		? 'failed'
		: chat.completion
			? 'complete'
			: isSampled(chat.id)
				? 'sampled'
				: null;
	if (!session.review_queued_because) return [];
	session.review_queued_at = endedAt;
	const { random, team, now, ids } = seedContext;
	const reviewRows: ReviewRow[] = [];
	for (const step of generateReviews(random, chat, team, { endedAt, now })) {
		const row: ReviewRow = { id: ids.reviews.next(), ...step };
		rows.reviews.push(row);
		reviewRows.push(row);
		session.qa_status = row.qa_status;
		const { qa_status, reasons, created_at } = row;
		const by = { id: row.user_id ?? 0, name: row.reviewer };
		addAuditEntry(rows, chat, by, created_at, 'review.submitted', { qa_status, reasons });
		const base = { chat, event: 'review.submitted', key: row.id, at: created_at } as const;
		const event = {
			...base,
			review: presentReview(row),
			lead_id: 0,
			idle_minutes: IDLE_MINUTES,
		};
		const generated = generateDeliveries(random, event, now, ids.deliveries.next);
		rows.deliveries.push(...generated.deliveries);
		rows.attempts.push(...generated.attempts);
	}
	return reviewRows;
}

/** Adds the flags of automatic checks. Queues a flagged chat for review if it isn't queued yet. */
function addFlags(
	rows: Rows,
	chat: Chat,
	{ team, now }: SeedContext,
	session: SessionRow,
	ended: { endedAt: Date; lead: LeadRow | undefined; reviews: ReviewRow[] },
): void {
	const flags = generateFlags(chat, team, { ...ended, now });
	rows.flags.push(...flags);
	session.is_flagged = flags.some(({ dismissed_at }) => dismissed_at === null);
	if (!session.is_flagged || session.review_queued_at) return;
	session.review_queued_at = ended.endedAt;
	session.review_queued_because = 'flagged';
}

function archiveRandomly(
	rows: Rows,
	chat: Chat,
	{ random, team, now }: SeedContext,
	session: SessionRow,
): void {
	const at = new Date(
		Math.round(session.last_activity_at.getTime() + random.around(ACTIVE_DAYS * DAY, 0.5)),
	);
	const isEligible = session.completion_status !== 'in_progress' && session.qa_status !== 'issue';
	if (!isEligible || at > now || !random.chance(0.55)) return;
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
