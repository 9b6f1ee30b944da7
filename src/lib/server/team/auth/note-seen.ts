import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { App } from '#lib/server/core/context.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';

const SEEN_IS_KEPT_EVERY_MS = 60_000;

/** Keeps when a user was seen, and with which browser, at most once a minute, beside the request and not before it. */
export function noteSeen(
	app: App,
	{ id, userId, last_seen_at }: { id: string; userId: number; last_seen_at: Date | null },
): void {
	const now = app.clock();
	const stale = new Date(now.getTime() - SEEN_IS_KEPT_EVERY_MS);
	if (last_seen_at && last_seen_at >= stale) return;
	keep(app, { id, userId, now, stale }).catch((error: unknown) =>
		app.log.warn({ err: error }, 'when a user was seen was not kept'),
	);
}

async function keep(
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
