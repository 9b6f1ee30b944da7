import { sql } from 'drizzle-orm';
import { AppError } from '#lib/server/core/errors.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { requireShallowJson } from '#lib/server/core/parse.ts';
import { envelope, readBatch } from './envelope.ts';
import { requireSignature } from './verify.ts';

/**
 * Stores what Facebook sends, each event once, so that it can be answered at once and handled afterwards. Throws
 * Forbidden for a wrong signature, Invalid for what is no JSON.
 */
export async function receiveEvents(
	ctx: Ctx,
	body: Uint8Array,
	signature: string | undefined,
): Promise<void> {
	requireSignature(ctx, body, signature);
	const { data } = envelope.safeParse(readJson(body));
	if (data?.object !== 'page') return;
	const now = ctx.app.clock();
	const events = readBatch(data, now);
	const column = <T>(pick: (event: (typeof events)[number]) => T) => sql.param(events.map(pick));
	const pages = [...new Set(data.entry.map(({ id }) => id))].sort();
	await inTransaction(ctx, async (tx) => {
		await tx.db.execute(sql`
			with seen as (
				insert into messenger_pages (page_id, last_event_at)
				select page_id, ${now.toISOString()}::timestamptz from unnest(${sql.param(pages)}::text[]) as given (page_id)
				on conflict (page_id) do update set last_event_at = excluded.last_event_at
			)
			insert into messenger_events (page_id, psid, dedupe_key, is_standby, payload, sent_at)
			select * from unnest(${column((e) => e.page_id)}::text[], ${column((e) => e.psid)}::text[],
				${column((e) => e.dedupe_key)}::text[], ${column((e) => e.is_standby)}::boolean[],
				${column((e) => e.payload)}::text[], ${column((e) => e.sent_at.toISOString())}::timestamptz[])
			on conflict (dedupe_key) do nothing`);
		if (events.length > 0) await record(tx, 'messenger.received', {});
	});
}

function readJson(body: Uint8Array): unknown {
	const text = new TextDecoder().decode(body);
	requireShallowJson(text);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('invalid', 'the body is not JSON', { cause });
	}
}
