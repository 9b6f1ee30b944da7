import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ChallengerEndDetail } from '#lib/contract/challenger.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { challengers } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { getSite, presentSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';

const MAX_FAILURES = 3;

const newest = z.array(z.object({ outcome: z.string() }));

/**
 * Ends the trial of a challenger whose last three turns failed. Call it in the transaction that ends a failed turn of it.
 * Failures of Frontdesk itself don't count.
 */
export async function guardAgainstFailures(tx: Ctx, challengerId: number): Promise<void> {
	// Turns that fail at the same moment count one after another.
	const [running] = await tx.db
		.select({ id: challengers.id })
		.from(challengers)
		.where(and(eq(challengers.id, challengerId), isNull(challengers.ended_at)))
		.for('update');
	if (!running) return;
	const { rows } = await tx.db.execute(sql`
		select outcome from ai_turns
		where challenger_id = ${challengerId} and finished_at is not null
			and outcome not in ('dropped', 'interrupted', 'internal')
			-- Fixed greetings, which have no version, called no AI.
			and (outcome <> 'ok' or version is not null)
		order by id desc limit ${MAX_FAILURES}`);
	const turns = newest.parse(rows);
	if (turns.length < MAX_FAILURES || turns.some(({ outcome }) => outcome === 'ok')) return;
	// Not their details, which can quote a visitor.
	const outcomes = turns.map(({ outcome }) => outcome.replaceAll('_', ' ')).join(', ');
	const text = `Three answers in a row failed (${outcomes}).`;
	await returnToChampion(tx, challengerId, 'failures', { text });
}

/**
 * Ends a trial by decision of the guard: from now on the champion answers all visitors, also those who began with the
 * challenger. Does nothing if the trial has ended.
 */
export async function returnToChampion(
	tx: Ctx,
	challengerId: number,
	because: 'failures' | 'suite',
	detail: ChallengerEndDetail,
): Promise<void> {
	const [ended] = await tx.db
		.update(challengers)
		.set({ ended_at: tx.app.clock(), ended_because: because, ended_detail: detail })
		.where(and(eq(challengers.id, challengerId), isNull(challengers.ended_at)))
		.returning({ site_id: challengers.site_id });
	if (!ended) return;
	const site = await getSite(tx, { id: ended.site_id });
	const { key, name } = site;
	await audit(tx, {
		action: 'challenger.returned',
		target: { type: 'site', id: key, name },
		detail: { because, text: detail.text },
	});
	await record(tx, 'challenger.returned', {
		site: key,
		challenger_id: challengerId,
		because,
		text: detail.text,
	});
	await record(tx, 'site.updated', { site: presentSite(site) });
}
