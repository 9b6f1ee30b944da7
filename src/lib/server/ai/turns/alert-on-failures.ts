import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { developerAddresses, queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';

const MIN_CONSECUTIVE_FAILURES = 5;
const WINDOW_TURNS = 20;
const ALERT_INTERVAL_MS = 3_600_000;

const recentTurns = z.array(z.object({ is_failed: z.boolean(), finished_at: z.coerce.date() }));

/**
 * Emails a site's developers when its AI has failed five times in a row or in half of its last 20 turns; at most once an
 * hour across all processes. For use inside the transaction that ends a failed turn.
 */
export async function alertOnRepeatedFailures(
	tx: Ctx,
	site: Pick<SiteRow, 'id' | 'key' | 'name'>,
): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select outcome <> 'ok' as is_failed, finished_at from ai_turns
		where site_id = ${site.id} and not is_test and finished_at is not null and outcome <> 'dropped'
			-- Fixed greetings are left out: no AI was called.
			and (outcome <> 'ok' or http_status is not null or connector = 'scripted')
		order by started_at desc, id desc limit ${WINDOW_TURNS}`);
	const turns = recentTurns.parse(rows);
	const failed = turns.filter((turn) => turn.is_failed);
	const latest = turns.slice(0, MIN_CONSECUTIVE_FAILURES);
	const areConsecutive =
		latest.length === MIN_CONSECUTIVE_FAILURES && latest.every((turn) => turn.is_failed);
	const isHalf = turns.length === WINDOW_TURNS && failed.length >= WINDOW_TURNS / 2;
	const [last] = failed;
	const first = failed.at(-1);
	if (!(areConsecutive || isHalf) || !first || !last) return;
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
			first_at: first.finished_at.toUTCString(),
			last_at: last.finished_at.toUTCString(),
			url: `${tx.app.config.publicUrl}/automation/turns?site=${site.key}&failed=true`,
		},
		to: await developerAddresses(tx, site.id),
		dedupe_key: `turns:${site.id}:${tx.app.clock().toISOString()}`,
	});
}

/** Returns true for the one transaction that may send this hour's alert. */
async function claimAlert(tx: Ctx, siteId: number): Promise<boolean> {
	const now = tx.app.clock();
	const before = new Date(now.getTime() - ALERT_INTERVAL_MS).toISOString();
	const { rows } = await tx.db.execute(sql`
		update sites set ai_alerted_at = ${now.toISOString()}::timestamptz
		where id = ${siteId} and (ai_alerted_at is null or ai_alerted_at <= ${before}::timestamptz) returning id`);
	return rows.length > 0;
}
