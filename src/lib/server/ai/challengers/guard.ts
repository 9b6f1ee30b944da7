import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ChallengerEndDetail } from '#lib/contract/challenger.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { challengers, type ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { getSite, presentSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { findLastChallenger } from './trial.ts';

const MAX_FAILURES = 3;

const turnRows = z.array(z.object({ outcome: z.string() }));

/**
 * Ends the trial of a challenger whose last three turns failed, not counting internal failures. Must run in the transaction
 * that ends one of its failed turns.
 */
export async function guardAgainstFailures(tx: Ctx, challengerId: number): Promise<void> {
	// The lock serializes turns that fail at the same time.
	const [runningTrial] = await tx.db
		.select({ id: challengers.id })
		.from(challengers)
		.where(and(eq(challengers.id, challengerId), isNull(challengers.ended_at)))
		.for('update');
	if (!runningTrial) return;
	const { rows } = await tx.db.execute(sql`
		select outcome from ai_turns
		where challenger_id = ${challengerId} and finished_at is not null
			and outcome not in ('dropped', 'interrupted', 'internal')
			-- Fixed greetings, which have no version, called no AI.
			and (outcome <> 'ok' or version is not null)
		order by id desc limit ${MAX_FAILURES}`);
	const turns = turnRows.parse(rows);
	if (turns.length < MAX_FAILURES || turns.some(({ outcome }) => outcome === 'ok')) return;
	// Leaves out the details, which may quote a visitor.
	const outcomes = turns.map(({ outcome }) => outcome.replaceAll('_', ' ')).join(', ');
	const text = `Three answers in a row failed (${outcomes}).`;
	await returnToChampion(tx, challengerId, 'failures', { text });
}

const runRows = z.array(
	z.object({
		id: z.coerce.number(),
		suite: z.string(),
		connector: z.custom<ConnectorSettings>(Boolean),
		is_candidate: z.boolean(),
		challenger_id: z.coerce.number().nullable(),
		content_digest: z.string(),
		pass_rate: z.number(),
	}),
);
const MAX_RUNS = 50;

/**
 * Subscribes to finished suite runs. Ends a trial when its challenger has a lower pass rate than the champion. Compares the
 * challenger's newest run with the champion's newest run of the same cases, because editing a suite changes the rate too.
 */
export function subscribeGuard({ events }: App): void {
	events.onRecorded('suite_run.finished', async (tx, { suite_run: { suite_id, site: key } }) => {
		const site = await getSite(tx, { key });
		const challenger = await findLastChallenger(tx, site.id);
		if (challenger?.ended_at !== null) return;
		const { rows } = await tx.db.execute(sql`
			select r.id, s.name as suite, r.connector, r.is_candidate, r.challenger_id, r.content_digest, r.pass_rate
			from suite_runs r join suites s on s.id = r.suite_id
			where r.suite_id = ${suite_id} and r.pass_rate is not null and r.status <> 'error' and r.content_digest is not null
			order by r.id desc limit ${MAX_RUNS}`);
		const runs = runRows.parse(rows);
		const challengerRun = runs.find((run) =>
			run.challenger_id === null
				? isSameAi(run.connector, challenger.connector)
				: run.challenger_id === challenger.id,
		);
		const championRun = runs.find(
			(run) =>
				!run.is_candidate &&
				run.challenger_id === null &&
				run.content_digest === challengerRun?.content_digest &&
				isSameAi(run.connector, site.connector),
		);
		if (!championRun || !challengerRun || challengerRun.id === championRun.id) return;
		if (challengerRun.pass_rate >= championRun.pass_rate) return;
		const text = `The suite “${challengerRun.suite}” passed ${challengerRun.pass_rate}% with the challenger and ${championRun.pass_rate}% with the champion.`;
		await returnToChampion(tx, challenger.id, 'suite', { text, suite_run_id: challengerRun.id });
	});
}

/** Returns whether two connectors have equal settings, ignoring secrets, which finished runs no longer store. */
function isSameAi(a: ConnectorSettings, b: ConnectorSettings): boolean {
	if (a.type === 'n8n') return b.type === 'n8n' && a.url === b.url;
	if (a.type === 'scripted' || b.type !== 'openai') return a.type === b.type;
	const createKey = ({ base_url, model, system_prompt }: typeof a) =>
		JSON.stringify([base_url, model, system_prompt]);
	return createKey(a) === createKey(b);
}

/**
 * Ends a trial on the guard's decision: from now on the champion answers all visitors, including those who began with the
 * challenger. Does nothing if the trial has already ended.
 */
export async function returnToChampion(
	tx: Ctx,
	challengerId: number,
	because: 'failures' | 'suite',
	detail: ChallengerEndDetail,
): Promise<void> {
	const [endedTrial] = await tx.db
		.update(challengers)
		.set({ ended_at: tx.app.clock(), ended_because: because, ended_detail: detail })
		.where(and(eq(challengers.id, challengerId), isNull(challengers.ended_at)))
		.returning({ site_id: challengers.site_id });
	if (!endedTrial) return;
	const site = await getSite(tx, { id: endedTrial.site_id });
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
