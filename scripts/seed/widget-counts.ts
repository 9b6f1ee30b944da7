import { sql } from 'drizzle-orm';
import type { Db } from '#lib/server/core/db/client.ts';
import { widget_counts } from '#lib/server/core/db/schema/index.ts';
import { bucketOf, QUARTER } from '#lib/server/statistics/counters.ts';
import { sourceOf } from '#lib/server/statistics/source.ts';
import type { Chat } from './chat.ts';
import type { Random } from './random.ts';

type Count = Required<typeof widget_counts.$inferInsert>;

/** Generates widget events: for every opened widget, several that were only shown. */
export function widgetCounts(random: Random, chats: Chat[]): Count[] {
	const counts = new Map<string, Count>();
	for (const { site, context, created_at, channel } of chats) {
		if (channel !== 'web') continue;
		const bucket_at = new Date(bucketOf(created_at.getTime(), QUARTER));
		const place = { site_id: site.id, bucket_at, ...sourceOf(context) };
		const key = JSON.stringify(place);
		const count = counts.get(key) ?? { ...place, shown: 0, opened: 0 };
		count.opened += 1;
		count.shown += random.int(4, 16);
		counts.set(key, count);
	}
	return [...counts.values()];
}

export async function addWidgetCounts(db: Db, counts: Count[]): Promise<void> {
	if (counts.length === 0) return;
	const { bucket_at, site_id, source, campaign, shown, opened } = widget_counts;
	await db
		.insert(widget_counts)
		.values(counts)
		.onConflictDoUpdate({
			target: [bucket_at, site_id, source, campaign],
			set: { shown: sql`${shown} + excluded.shown`, opened: sql`${opened} + excluded.opened` },
		});
}
