import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { sites } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { listDeveloperAddresses, queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';

const MIN_CONSECUTIVE_FAILURES = 5;
const WINDOW_TURNS = 20;
const ALERT_INTERVAL_MS = 3_600_000;

const recentTurnsSchema = z.array(
	z.object({ is_failed: z.boolean(), finished_at: z.coerce.date() }),
);

/**
 * If a site's AI has failed five times in a row or in half of its last 20 turns, switches to the built-in AI and emails the
 * site's developers, at most once an hour across all processes. For use inside the transaction that ends a failed turn.
 */
export async function alertOnRepeatedFailures(
	tx: Ctx,
	site: Pick<SiteRow, 'id' | 'key' | 'name'>,
): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select outcome <> 'ok' as is_failed, finished_at from ai_turns
		where site_id = ${site.id} and not is_test and challenger_id is null and finished_at is not null and outcome <> 'dropped'
			-- Excludes fixed greetings, which call no AI, and answers of the built-in AI during a rescue.
			and (outcome <> 'ok' or not is_rescue and (http_status is not null or connector = 'scripted'))
		order by started_at desc, id desc limit ${WINDOW_TURNS}`);
	const turns = recentTurnsSchema.parse(rows);
	const failed = turns.filter((turn) => turn.is_failed);
	const latest = turns.slice(0, MIN_CONSECUTIVE_FAILURES);
	const isFailingConsecutively =
		latest.length === MIN_CONSECUTIVE_FAILURES && latest.every((turn) => turn.is_failed);
	const isFailingHalfTheTime = turns.length === WINDOW_TURNS && failed.length >= WINDOW_TURNS / 2;
	const [latestFailure] = failed;
	const earliestFailure = failed.at(-1);
	if (!(isFailingConsecutively || isFailingHalfTheTime) || !earliestFailure || !latestFailure)
		return;
	await markAiDown(tx, site);
	if (!(await claimAlert(tx, site.id))) return;
	const failing = { site: site.key, failed: failed.length, turns: turns.length };
	await record(tx, 'ai.failing', failing);
	await queueMail(tx, {
		template: 'alert',
		data: {
			workflow: `${site.name}: AI`,
			node: null,
			message: `${failed.length} of the last ${turns.length} answers failed.`,
			count: failed.length,
			first_at: earliestFailure.finished_at.toUTCString(),
			last_at: latestFailure.finished_at.toUTCString(),
			url: `${tx.app.config.publicUrl}/automation/turns?site=${site.key}&failed=true`,
		},
		to: await listDeveloperAddresses(tx, site.id),
		dedupe_key: `turns:${site.id}:${tx.app.clock().toISOString()}`,
	});
}

/** Makes the built-in AI answer new turns of the site until a probe finds that the site's own AI works again. */
async function markAiDown(tx: Ctx, { id, key }: Pick<SiteRow, 'id' | 'key'>): Promise<void> {
	const now = tx.app.clock();
	const changedRows = await tx.db
		.update(sites)
		.set({ ai_down_since: now, ai_probed_at: now })
		.where(and(eq(sites.id, id), isNull(sites.ai_down_since)))
		.returning({ id: sites.id });
	if (changedRows.length === 0) return;
	await record(tx, 'ai.status_changed', { site: key, down_since: now.toISOString() });
}

/** Switches new chats back to the site's own AI. Rescued chats keep the built-in one. */
export async function markAiUp(tx: Ctx, { id, key }: Pick<SiteRow, 'id' | 'key'>): Promise<void> {
	const changedRows = await tx.db
		.update(sites)
		.set({ ai_down_since: null })
		.where(and(eq(sites.id, id), isNotNull(sites.ai_down_since)))
		.returning({ id: sites.id });
	if (changedRows.length > 0)
		await record(tx, 'ai.status_changed', { site: key, down_since: null });
}

/** Claims the right to send this hour's alert. Returns true for only one transaction. */
async function claimAlert(tx: Ctx, siteId: number): Promise<boolean> {
	const now = tx.app.clock();
	const before = new Date(now.getTime() - ALERT_INTERVAL_MS).toISOString();
	const { rows } = await tx.db.execute(sql`
		update sites set ai_alerted_at = ${now.toISOString()}::timestamptz
		where id = ${siteId} and (ai_alerted_at is null or ai_alerted_at <= ${before}::timestamptz) returning id`);
	return rows.length > 0;
}
