import { sql } from 'drizzle-orm';
import { AppError, forbidden } from '#lib/server/core/errors.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { requireShallowJson } from '#lib/server/core/parse.ts';
import { envelope, parseBatch } from './envelope.ts';
import { createHmac } from 'node:crypto';
import { isSame } from '#lib/server/core/secrets.ts';
import { requireMessenger } from './graph.ts';

/**
 * Stores the events that Facebook sends, each once; they are acknowledged at once and handled afterwards. Throws Forbidden
 * for a wrong signature, Invalid for a body that is not JSON.
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
	const events = parseBatch(data, now);
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

/** Answers Facebook's verification of the webhook address; throws Forbidden for a wrong token. */
export function answerChallenge(
	{ app }: Ctx,
	query: { mode: string; verify_token: string; challenge: string },
): string {
	const { verifyToken } = requireMessenger(app);
	if (!isSame(query.verify_token, verifyToken)) throw forbidden('the verify token is wrong');
	if (query.mode !== 'subscribe' || !/^[\w-]{1,200}$/.test(query.challenge)) {
		throw new AppError('invalid', 'hub.mode must be "subscribe", with a hub.challenge');
	}
	return query.challenge;
}

/** Throws Forbidden unless the app's secret has signed exactly these bytes. */
export function requireSignature({ app }: Ctx, body: Uint8Array, signature: string | undefined) {
	const { appSecret } = requireMessenger(app);
	const expected = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
	if (signature === undefined || !isSame(signature.toLowerCase(), expected)) {
		throw forbidden('X-Hub-Signature-256 does not fit the body');
	}
}
