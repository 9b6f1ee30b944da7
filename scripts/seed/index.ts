import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { generateStartTimes } from './calendar.ts';
import type { Chat } from './chat.ts';
import { ChatGenerator } from './chat-generator.ts';
import { ErrorGroups } from './errors.ts';
import { createMails } from './mails.ts';
import { buildRows, insertBatch, createIdPools } from './batch.ts';
import { Random } from './random.ts';
import { isSeeded, createSites, type SeededSite } from './setup.ts';
import { createApiKeys, createTeam, type Team } from './team.ts';
import { createSuites } from './suites.ts';
import { createInboxTools } from './inbox-tools.ts';

export { isSeeded };

interface SeedOptions {
	sessions: number;
	/** The same seed on the same database generates the same chats. */
	seed: string;
	/** Adds to previously seeded data. */
	again?: boolean;
	onProgress?: (done: number) => void;
}

export interface SeedResult {
	sessions: number;
	messages: number;
	login: Team['login'];
}

/** The client's query timeout. Building the full-text index of a million chats takes minutes. */
export const SEED_QUERY_TIMEOUT_MS = 3_600_000;
const BATCH_SIZE = 500;
/** At most one in this many chats is in a rare state. */
const CHATS_PER_RARE_CHAT = 20;
/** From this number of chats on, rebuilding the full-text indexes is faster than updating them. */
const MIN_SESSIONS_TO_REBUILD_INDEXES = 20_000;

/**
 * Fills the database with 90 days of data for four sites, in one transaction. The caller must rebuild the statistics. Throws if
 * the database was seeded before, unless `again` is set.
 */
export function seed(ctx: Ctx, options: SeedOptions): Promise<SeedResult> {
	return inTransaction(ctx, async (tx) => {
		if (!options.again && (await isSeeded(tx))) {
			throw new Error('This database was seeded before. Use --again to add more data.');
		}
		await tx.db.execute(sql`set local statement_timeout = 0`);
		await tx.db.execute(sql`set local idle_in_transaction_session_timeout = 0`);
		const rebuildIndexes =
			options.sessions >= MIN_SESSIONS_TO_REBUILD_INDEXES ? await dropSearchIndexes(tx) : undefined;
		const result = await seedAll(tx, options);
		await rebuildIndexes?.();
		return result;
	});
}

async function seedAll(tx: Ctx, options: SeedOptions): Promise<SeedResult> {
	const now = tx.app.clock();
	const random = new Random(`${options.seed}:${await getLatestSessionId(tx)}`);
	const team = await createTeam(tx, now);
	const sites = await createSites(tx, now);
	await createApiKeys(tx, team, random, now);
	await createInboxTools(tx, team, now);
	const groups = new ErrorGroups();
	await groups.addReports(tx, random, now);
	const seedContext = { random, team, now, groups, ids: createIdPools() };
	const generator = new ChatGenerator(random, team, now);
	let batch: Chat[] = [];
	let sessions = 0;
	let messages = 0;
	const flush = async () => {
		const rows = await buildRows(tx, batch, seedContext);
		await insertBatch(tx, rows, batch, seedContext);
		sessions += batch.length;
		messages += rows.messages.length;
		batch = [];
		options.onProgress?.(sessions);
	};
	const rareChats = [
		...generator.generateRare(sites, Math.floor(options.sessions / CHATS_PER_RARE_CHAT)),
	];
	for (const startTimes of generateStartTimes(random, options.sessions - rareChats.length, now)) {
		for (const startedAt of startTimes)
			batch.push(generator.generate(pickSite(random, sites), startedAt));
		if (batch.length >= BATCH_SIZE) await flush();
	}
	batch.push(...rareChats);
	await flush();
	await groups.finish(tx, team, now);
	await createMails(tx);
	await createSuites(tx, team, now);
	return { sessions, messages, login: team.login };
}

const pickSite = (random: Random, sites: SeededSite[]) =>
	random.pickWeighted(sites.map((site) => [site, site.template.share] as const));

async function getLatestSessionId({ db }: Ctx): Promise<string> {
	const { rows } = await db.execute<{ last: string }>(
		sql`select coalesce(max(id), 0)::text as last from chat_sessions`,
	);
	return rows[0]?.last ?? '0';
}

/** Drops the full-text indexes. Returns a function that rebuilds them. */
async function dropSearchIndexes({ db }: Ctx): Promise<() => Promise<void>> {
	const { rows } = await db.execute<{ name: string; definition: string }>(sql`
		select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
		where indexrelid in ('messages_terms'::regclass, 'leads_document'::regclass)`);
	for (const { name } of rows) await db.execute(sql`drop index ${sql.identifier(name)}`);
	return async () => {
		await db.execute(sql`set local maintenance_work_mem = '512MB'`);
		for (const { definition } of rows) await db.execute(sql.raw(definition));
	};
}
