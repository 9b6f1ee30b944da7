import { sql } from 'drizzle-orm';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { systemContext, type Ctx } from '#lib/server/core/context.ts';
import { migrateDatabase } from '#lib/server/core/db/migrate.ts';
import { ensureDefaultSite } from '#lib/server/sites/unchecked.ts';
import { rebuildStatistics } from '#lib/server/statistics/index.ts';
import { createDatabase, SECRET_KEY } from './seeded.ts';

/** The number of days over which chat sessions are spread. */
export const SPREAD_DAYS = 90;
const BATCH = 50_000;

/** The chat sessions to insert, by number, of all. */
export interface Part {
	from: number;
	to: number;
	all: number;
}
interface Filling {
	sessions: number;
	insert(ctx: Ctx, part: Part): Promise<void>;
	/** Runs once, before the chat sessions are inserted. */
	prepare?(ctx: Ctx): Promise<void>;
}

/** Opens a database of `server` that SQL statements fill, unless they have done so before. */
export async function openFilled(server: string, name: string, filling: Filling) {
	const url = new URL(server);
	url.pathname = `/bench_${name}`;
	const isNew = await createDatabase(server, `bench_${name}`);
	await migrateDatabase(url.href, 'drizzle');
	const { app, close } = createApp({
		config: readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: url.href }),
		databaseUrl: url.href,
		secretKey: SECRET_KEY,
	});
	const ctx = systemContext(app);
	if (isNew) await fill(ctx, filling);
	return { url: url.href, ctx, close };
}

async function fill(ctx: Ctx, { sessions, insert, prepare }: Filling): Promise<void> {
	await ensureDefaultSite(ctx);
	await prepare?.(ctx);
	for (let from = 0; from < sessions; from += BATCH) {
		await insert(ctx, { from, to: Math.min(sessions, from + BATCH), all: sessions });
	}
	await ctx.app.db.execute(sql`analyze`);
	await rebuildStatistics(ctx);
	// As autovacuum leaves it.
	await ctx.app.db.execute(sql`vacuum (analyze)`);
}
