import { sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { generateStartTimes } from './calendar.ts';
import type { Chat } from './chat.ts';
import { ChatGenerator } from './converse.ts';
import { ErrorGroups } from './errors.ts';
import { makeMails } from './mails.ts';
import { buildRows, insertPage, createIdPools } from './page.ts';
import { Random } from './random.ts';
import { isSeeded, makeSites, type SeededSite } from './setup.ts';
import { makeApiKeys, makeTeam, type Team } from './team.ts';
import { makeSuites } from './suites.ts';
import { makeTools } from './tools.ts';

export { isSeeded };

export interface SeedOptions {
	sessions: number;
	/** The same seed on the same database generates the same chats. */
	seed: string;
	/** Adds to previously seeded data. */
	again?: boolean;
	onProgress?: (done: number) => void;
}

export interface Seeded {
	sessions: number;
	messages: number;
	login: Team['login'];
}

const PAGE = 500;
/** At most one of so many chats is in a rare state. */
const RARE_EVERY = 20;
/** From this number of chats, rebuilding the full-text indexes is faster than updating them. */
const REBUILD_INDEXES_FROM = 20_000;

/**
 * Fills the database with 90 days of data for four sites, in one transaction. Rebuild the statistics afterwards. Throws if
 * the database was seeded before, unless `again` is set.
 */
export function seed(ctx: Ctx, options: SeedOptions): Promise<Seeded> {
	return inTransaction(ctx, async (tx) => {
		if (!options.again && (await isSeeded(tx))) {
			throw new Error('This database was seeded before. Use --again to add more data.');
		}
		await tx.db.execute(sql`set local statement_timeout = 0`);
		await tx.db.execute(sql`set local idle_in_transaction_session_timeout = 0`);
		const rebuild =
			options.sessions >= REBUILD_INDEXES_FROM ? await dropSearchIndexes(tx) : undefined;
		const made = await fill(tx, options);
		await rebuild?.();
		return made;
	});
}

async function fill(tx: Ctx, options: SeedOptions): Promise<Seeded> {
	const now = tx.app.clock();
	const random = new Random(`${options.seed}:${await lastSession(tx)}`);
	const team = await makeTeam(tx, now);
	const sites = await makeSites(tx, now);
	await makeApiKeys(tx, team, random, now);
	await makeTools(tx, team, now);
	const groups = new ErrorGroups();
	await groups.addReports(tx, random, now);
	const writing = { random, team, now, groups, ids: createIdPools() };
	const generator = new ChatGenerator(random, team, now);
	let page: Chat[] = [];
	let sessions = 0;
	let messages = 0;
	const flush = async () => {
		const rows = await buildRows(tx, page, writing);
		await insertPage(tx, rows, page, writing);
		sessions += page.length;
		messages += rows.messages.length;
		page = [];
		options.onProgress?.(sessions);
	};
	const rare = [...generator.generateRare(sites, Math.floor(options.sessions / RARE_EVERY))];
	for (const times of generateStartTimes(random, options.sessions - rare.length, now)) {
		for (const at of times) page.push(generator.generate(siteOf(random, sites), at));
		if (page.length >= PAGE) await flush();
	}
	page.push(...rare);
	await flush();
	await groups.finish(tx, team, now);
	await makeMails(tx);
	await makeSuites(tx, team, now);
	return { sessions, messages, login: team.login };
}

const siteOf = (random: Random, sites: SeededSite[]) =>
	random.weighted(sites.map((site) => [site, site.model.share] as const));

async function lastSession({ db }: Ctx): Promise<string> {
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
