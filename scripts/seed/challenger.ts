// A challenger of the first site, on trial for a week.
import { eq } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { challengers, type ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import { DAY } from './calendar.ts';
import type { Chat } from './chat.ts';

const SHARE_PERCENT = 40;
const TRIAL_DAYS = 7;
/** Completed chats are assigned to the challenger more often, and others less often, by this many percentage points. */
const COMPLETION_LIFT = 8;

export interface SeededChallenger {
	id: number;
	started_at: Date;
}

/** Starts a trial of a second workflow on the site's n8n. Returns the existing challenger if there is one; null without n8n. */
export async function startTrial(
	ctx: Ctx,
	site: { id: number; connector: ConnectorSettings },
	now: Date,
): Promise<SeededChallenger | null> {
	const { connector } = site;
	if (connector.type !== 'n8n') return null;
	const siteCondition = eq(challengers.site_id, site.id);
	const [existing] = await ctx.db.select().from(challengers).where(siteCondition).limit(1);
	if (existing) return existing;
	const [inserted] = await ctx.db
		.insert(challengers)
		.values({
			site_id: site.id,
			connector: { ...connector, url: `${connector.url}-short` },
			share_percent: SHARE_PERCENT,
			started_at: new Date(now.getTime() - TRIAL_DAYS * DAY),
		})
		.returning();
	return inserted ?? null;
}

/** Returns the arm that a chat was assigned to; null outside of a trial. */
export function assignArm(chat: Chat): 'champion' | 'challenger' | null {
	const { challenger } = chat.site;
	if (!challenger || chat.created_at < challenger.started_at) return null;
	const share = SHARE_PERCENT + (chat.completion ? COMPLETION_LIFT : -COMPLETION_LIFT);
	// Spreads consecutive ids evenly, since 61 and 100 are coprime.
	return (chat.id * 61) % 100 < share ? 'challenger' : 'champion';
}

/** Returns the challenger that answered a chat; null for the champion. */
export const getChallengerId = (chat: Chat): number | null =>
	assignArm(chat) === 'challenger' ? (chat.site.challenger?.id ?? null) : null;
