import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { App } from '#lib/server/core/context.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';

const LAST_SEEN_INTERVAL_MS = 60_000;

/** Updates when a user and their auth session were last seen, at most once a minute, without delaying the request. */
export function updateLastSeen(
	app: App,
	{ id, userId, last_seen_at }: { id: string; userId: number; last_seen_at: Date | null },
): void {
	const now = app.clock();
	const stale = new Date(now.getTime() - LAST_SEEN_INTERVAL_MS);
	if (last_seen_at && last_seen_at >= stale) return;
	update(app, { id, userId, now, stale }).catch((error: unknown) =>
		app.log.warn({ err: error }, 'could not update when a user was last seen'),
	);
}

async function update(
	{ db }: App,
	{ id, userId, now, stale }: { id: string; userId: number; now: Date; stale: Date },
): Promise<void> {
	await db.update(auth_sessions).set({ last_seen_at: now }).where(eq(auth_sessions.id, id));
	const isStale = or(isNull(users.last_seen_at), lt(users.last_seen_at, stale));
	await db
		.update(users)
		.set({ last_seen_at: now })
		.where(and(eq(users.id, userId), isStale));
}
