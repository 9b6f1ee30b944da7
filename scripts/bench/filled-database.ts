import { sql } from 'drizzle-orm';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { createSystemContext, type Ctx } from '#lib/server/core/context.ts';
import { migrateDatabase } from '#lib/server/core/db/migrate.ts';
import { ensureDefaultSite } from '#lib/server/sites/unchecked.ts';
import { rebuildStatistics } from '#lib/server/statistics/index.ts';
import { createDatabase, SECRET_KEY } from './seeded-database.ts';

/** The number of days over which chat sessions are spread. */
export const SPREAD_DAYS = 90;
const BATCH_SIZE = 50_000;

/** The range of chat session numbers to insert, of `total`. */
export interface Range {
	from: number;
	to: number;
	total: number;
}
interface FillOptions {
	sessions: number;
	insert(ctx: Ctx, part: Range): Promise<void>;
	/** Runs once, before the chat sessions are inserted. */
	prepare?(ctx: Ctx): Promise<void>;
}

/** Opens a database on `server`, and fills it with SQL statements if it is new. */
export async function openFilledDatabase(server: string, name: string, options: FillOptions) {
	const url = new URL(server);
	url.pathname = `/bench_${name}`;
	const isNew = await createDatabase(server, `bench_${name}`);
	await migrateDatabase(url.href, 'drizzle');
	const { app, close } = createApp({
		config: readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: url.href }),
		databaseUrl: url.href,
		secretKey: SECRET_KEY,
	});
	const ctx = createSystemContext(app);
	if (isNew) await fill(ctx, options);
	return { url: url.href, ctx, close };
}

async function fill(ctx: Ctx, { sessions, insert, prepare }: FillOptions): Promise<void> {
	await ensureDefaultSite(ctx);
	await prepare?.(ctx);
	for (let from = 0; from < sessions; from += BATCH_SIZE) {
		await insert(ctx, { from, to: Math.min(sessions, from + BATCH_SIZE), total: sessions });
	}
	await ctx.app.db.execute(sql`analyze`);
	await rebuildStatistics(ctx);
	// Leaves the database in the state that autovacuum would.
	await ctx.app.db.execute(sql`vacuum (analyze)`);
}
