import { eq, sql } from 'drizzle-orm';
import { type AlertKind, alertKind } from '#lib/contract/notification.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { isUnreachable } from '#lib/server/core/db/attention.ts';
import { chat_sessions, leads } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { ALERTS, type Occurrence } from './alert-kinds.ts';

/** Creates alerts in the transaction of their event. */
export function subscribeNotifications({ events }: App): void {
	for (const kind of alertKind.options) {
		const { event, getOccurrence } = ALERTS[kind];
		events.onRecorded(event, async (ctx, payload) => {
			const occurrence = getOccurrence(payload as never, ctx.app.clock());
			if (occurrence) await createAlert(ctx, kind, occurrence);
		});
	}
}

/** Creates an alert, unless the occurrence already has one. Test chats, and leads that no one can contact, raise none. */
async function createAlert(ctx: Ctx, kind: AlertKind, occurrence: Occurrence): Promise<void> {
	const { key, about, expires_at, detail = {} } = occurrence;
	const hasContact = sql`exists (select from leads where ${eq(leads.chat_session_id, chat_sessions.id)}
		and not ${isUnreachable(leads, chat_sessions, ctx.app.clock())})`;
	const source =
		'site' in about
			? sql`(select id as site_id, null::bigint as chat_session_id from sites where key = ${about.site}) subject`
			: sql`(select site_id, id as chat_session_id from chat_sessions
				where public_id = ${about.session_id} and channel <> 'test' and ${ALERTS[kind].needsContact ? hasContact : sql`true`}) subject`;
	const { rowCount } = await ctx.db.execute(sql`
		insert into alerts (kind, site_id, chat_session_id, dedupe_key, detail, expires_at, created_at)
		select ${kind}, site_id, chat_session_id, ${`${kind}:${key}`}, ${JSON.stringify(detail)}::jsonb,
			${toTimestamp(expires_at)}, ${toTimestamp(ctx.app.clock())}
		from ${source} on conflict (dedupe_key) do nothing`);
	if (rowCount) await record(ctx, 'alert.created', {});
}
