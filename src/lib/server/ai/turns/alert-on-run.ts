import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';
import { developerAddresses, queueMail } from '#lib/server/delivery/mail/unchecked.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';

const IN_A_ROW = 5;
const LOOKED_AT = 20;
const PAUSE_MS = 3_600_000;

const newest = z.array(z.object({ is_failed: z.boolean(), finished_at: z.coerce.date() }));

/**
 * Mails the developers of a site when its AI has failed five times in a row, or in half of its last twenty turns: once
 * an hour, in whichever process. For use inside the transaction that ends a failed turn.
 */
export async function alertOnRun(
	tx: Ctx,
	site: Pick<SiteRow, 'id' | 'key' | 'name'>,
): Promise<void> {
	const { rows } = await tx.db.execute(sql`
		select outcome <> 'ok' as is_failed, finished_at from ai_turns
		where site_id = ${site.id} and not is_test and finished_at is not null and outcome <> 'dropped'
			-- A fixed greeting is an answer that no AI gave.
			and (outcome <> 'ok' or http_status is not null or connector = 'scripted')
		order by started_at desc, id desc limit ${LOOKED_AT}`);
	const turns = newest.parse(rows);
	const failed = turns.filter((turn) => turn.is_failed);
	const row = turns.slice(0, IN_A_ROW);
	const isRow = row.length === IN_A_ROW && row.every((turn) => turn.is_failed);
	const isHalf = turns.length === LOOKED_AT && failed.length >= LOOKED_AT / 2;
	const [last] = failed;
	const first = failed.at(-1);
	if (!(isRow || isHalf) || !first || !last || !(await isMyTurn(tx, site.id))) return;
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

/** True for the one transaction that writes the mail of this hour. */
async function isMyTurn(tx: Ctx, siteId: number): Promise<boolean> {
	const now = tx.app.clock();
	const before = new Date(now.getTime() - PAUSE_MS).toISOString();
	const { rows } = await tx.db.execute(sql`
		update sites set ai_alerted_at = ${now.toISOString()}::timestamptz
		where id = ${siteId} and (ai_alerted_at is null or ai_alerted_at <= ${before}::timestamptz) returning id`);
	return rows.length > 0;
}
