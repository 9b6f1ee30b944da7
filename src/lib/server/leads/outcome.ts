import { and, eq, sql } from 'drizzle-orm';
import {
	type LeadOutcome,
	type Outcome,
	outcomeInput,
	type OutcomeInput,
} from '#lib/contract/lead.ts';
import type { Ctx } from '../core/context.ts';
import { type Read, readRows, runRead } from '../core/db/reads.ts';
import { lead_outcomes } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { AppError, conflict } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { requireTeam } from '../core/permissions.ts';
import type { SessionHandle, SessionRef } from '../conversations/sessions/index.ts';
import { resolveHandle, resolveSession } from '../conversations/sessions/unchecked.ts';
import { audit } from '../team/audit/unchecked.ts';

type OutcomeRow = typeof lead_outcomes.$inferSelect;

const MAX_HISTORY = 100;
/** The tolerated clock skew of other systems. */
const MAX_CLOCK_SKEW_MS = 300_000;

/**
 * Records the outcome of a chat session's lead and returns it with its history. Does nothing if it equals the current
 * outcome. Throws `not_found`; `invalid`, also for a time in the future; `conflict` for a test chat.
 */
export async function setOutcome(ctx: Ctx, id: string, input: OutcomeInput): Promise<LeadOutcome> {
	requireTeam(ctx, 'leads:write');
	const parsed = parse(outcomeInput, input);
	return inTransaction(ctx, async (tx) => {
		const session = await resolveSession(tx, id, 'no key update');
		if (session.channel === 'test') throw conflict('a test chat has no outcome');
		const now = tx.app.clock();
		const next = {
			stage: parsed.stage,
			value: parsed.value ?? null,
			currency: parsed.value == null ? null : (parsed.currency ?? null),
			reason: parsed.reason || null,
			occurred_at: parsed.at == null ? null : new Date(parsed.at),
		};
		requirePast(next.occurred_at, now);
		const isCurrentOutcome = and(
			eq(lead_outcomes.chat_session_id, session.id),
			eq(lead_outcomes.is_current, true),
		);
		const [current] = await tx.db.select().from(lead_outcomes).where(isCurrentOutcome);
		const handle = { id: session.id, session_id: session.public_id };
		if (!current || !isSameOutcome(current, next)) {
			if (current)
				await tx.db.update(lead_outcomes).set({ is_current: false }).where(isCurrentOutcome);
			await insertOutcome(tx, handle, { ...next, occurred_at: next.occurred_at ?? now }, current);
		}
		return runRead(tx.db, readOutcome(handle));
	});
}

type OutcomeChange = Pick<OutcomeRow, 'stage' | 'value' | 'currency' | 'reason'>;

/** Returns whether a change equals the current outcome, ignoring the time if the change has none. */
const isSameOutcome = (
	current: OutcomeRow,
	next: OutcomeChange & { occurred_at: Date | null },
): boolean =>
	current.stage === next.stage &&
	current.value === next.value &&
	current.currency === next.currency &&
	current.reason === next.reason &&
	(next.occurred_at === null || current.occurred_at.getTime() === next.occurred_at.getTime());

function requirePast(at: Date | null, now: Date): void {
	if (at === null || at.getTime() <= now.getTime() + MAX_CLOCK_SKEW_MS) return;
	const message = 'must not be in the future';
	throw new AppError('invalid', `at ${message}`, { errors: [{ path: 'at', message }] });
}

/**
 * Clears the outcome of a chat session's lead and returns its history, which still contains it. Does nothing if there is no
 * outcome. Throws `not_found`.
 */
export async function clearOutcome(ctx: Ctx, id: string): Promise<LeadOutcome> {
	requireTeam(ctx, 'leads:write');
	return inTransaction(ctx, async (tx) => {
		const { id: chat_session_id, public_id: session_id } = await resolveSession(
			tx,
			id,
			'no key update',
		);
		const recorder = toRecorder(tx);
		const [cleared] = await tx.db
			.update(lead_outcomes)
			.set({
				is_current: false,
				cleared_at: tx.app.clock(),
				cleared_by_type: recorder.type,
				cleared_by_name: recorder.name,
			})
			.where(
				and(eq(lead_outcomes.chat_session_id, chat_session_id), eq(lead_outcomes.is_current, true)),
			)
			.returning();
		if (cleared) {
			const { stage, value, currency } = cleared;
			const detail = { stage, value, currency };
			await audit(tx, { action: 'lead.outcome_cleared', chat_session_id, detail });
			await record(tx, 'lead.outcome_cleared', {
				session_id,
				outcome: presentOutcome(cleared),
				previous: stage,
			});
		}
		return runRead(tx.db, readOutcome({ id: chat_session_id, session_id }));
	});
}

const toRecorder = ({ actor }: Ctx): Outcome['by'] =>
	actor.type === 'user' || actor.type === 'api_key'
		? { type: actor.type, name: actor.name }
		: { type: 'system', name: 'Frontdesk' };

async function insertOutcome(
	tx: Ctx,
	{ id: chat_session_id, session_id }: SessionHandle,
	change: OutcomeChange & { occurred_at: Date },
	previous: OutcomeRow | undefined,
): Promise<void> {
	const recorder = toRecorder(tx);
	const [row] = await tx.db
		.insert(lead_outcomes)
		.values({
			...change,
			chat_session_id,
			actor_type: recorder.type,
			actor_name: recorder.name,
			created_at: tx.app.clock(),
		})
		.returning();
	if (!row) throw new Error('an outcome was not stored');
	const { stage, value, currency } = change;
	await audit(tx, { action: 'lead.outcome', chat_session_id, detail: { stage, value, currency } });
	await record(tx, 'lead.outcome', {
		session_id,
		outcome: presentOutcome(row),
		previous: previous?.stage ?? null,
	});
}

/** Returns the outcome of a chat session's lead with its history. Throws `not_found`. */
export async function getOutcome(ctx: Ctx, session: SessionRef): Promise<LeadOutcome> {
	requireTeam(ctx, 'leads:read');
	return runRead(ctx.db, readOutcome(await resolveHandle(ctx, session)));
}

/** Returns the query for an outcome, to run together with other reads. Doesn't check permissions. */
export const readOutcome = ({ id, session_id }: SessionHandle): Read<LeadOutcome> =>
	readRows(
		lead_outcomes,
		sql`select * from lead_outcomes where chat_session_id = ${id} order by id desc limit ${MAX_HISTORY}`,
		(rows) => {
			const history = rows.map(presentOutcome);
			const current = rows[0]?.is_current ? history[0] : undefined;
			const { stage, value, currency, reason, at } = current ?? NO_OUTCOME;
			return { session_id, stage, value, currency, reason, at, history };
		},
	);

const NO_OUTCOME = { stage: null, value: null, currency: null, reason: null, at: null };

/** Returns the part of an outcome that lists show. */
export const pickOutcome = ({ stage, value, currency, occurred_at }: OutcomeRow) => ({
	stage,
	value,
	currency,
	at: occurred_at.toISOString(),
});

const presentOutcome = (row: OutcomeRow): Outcome => ({
	id: row.id,
	...pickOutcome(row),
	reason: row.reason,
	by: { type: row.actor_type, name: row.actor_name },
	recorded_at: row.created_at.toISOString(),
	cleared: row.cleared_at && {
		at: row.cleared_at.toISOString(),
		by: { type: row.cleared_by_type ?? 'system', name: row.cleared_by_name ?? 'Frontdesk' },
	},
});
