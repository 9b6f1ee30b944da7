import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Arm } from '#lib/contract/challenger.ts';

/**
 * Returns the columns that assign a new chat to an arm of its site's running trial, as parts of the statement that inserts it;
 * they are null without a trial. A visitor gets the arm of their earlier chats, also after the share was changed; otherwise a
 * hash of their id decides. Visitors without an id are told apart by `chatKey`.
 */
export function assignArm(siteId: number, visitorId: string | undefined, chatKey: string) {
	const hash = createHash('sha256')
		.update(visitorId ?? chatKey)
		.digest('hex');
	const running = sql`from challengers t where t.site_id = ${siteId} and t.ended_at is null`;
	return {
		challenger_id: sql<number>`(select t.id ${running})`,
		arm: sql<Arm>`(select coalesce((
			select case when s.arm = 'champion' then s.arm else 'challenger' end from chat_sessions s
			where s.challenger_id = t.id and s.visitor_hash = ${hash} order by s.id limit 1
		), case when abs(hashtextextended(${hash}, t.id) % 10000) < t.share_percent * 100 then 'challenger' else 'champion' end) ${running})`,
		visitor_hash: visitorId === undefined ? null : sql<string>`(select ${hash}::text ${running})`,
	};
}
