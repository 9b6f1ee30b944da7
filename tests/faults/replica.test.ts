import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { session } from '#lib/contract/session.ts';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { createSystemContext, type Ctx } from '#lib/server/core/context.ts';
import { readFromReplica } from '#lib/server/core/db/reads.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { startReplication, type Replication } from '../support/replication.ts';
import { API_KEY, callApi, readApi, readMetric } from '../support/server-api.ts';
import { startSilentProxy } from '../support/silent-proxy.ts';
import { describeWith } from '../support/tools.ts';

const SECRET_KEY = 'a secret key for tests only';

let replication: Replication;
/** Two processes without Redis, so that neither knows what the other has written. */
let first: ServerProcess;
let second: ServerProcess;

/** Stores a chat through the first process, and returns its id. */
async function storeChat(): Promise<string> {
	const id = `session_${randomUUID()}`;
	await callApi(first.url, 'POST', `sessions/${id}/messages`, {
		sender: 'user',
		message: 'A roof',
	});
	return id;
}

/** Returns the ids of the newest chats, as the second process lists them. */
async function listChats(): Promise<string[]> {
	const { items } = await readApi(second.url, 'sessions', pageSchema(session));
	return items.map(({ session_id }) => session_id);
}

/** Stores chats and expects each in the next list of the other process. */
async function expectFreshLists(): Promise<void> {
	for (let n = 0; n < 10; n += 1) {
		const id = await storeChat();
		expect(await listChats()).toContain(id);
	}
}

const countReads = (result: string) =>
	readMetric(second.url, `frontdesk_replica_reads_total{result="${result}"}`);

/** Lists chats until the replica, or the primary for this reason, has answered once more. */
async function waitForReads(result: string): Promise<void> {
	const before = await countReads(result);
	await vi.waitFor(async () => {
		await listChats();
		expect(await countReads(result)).toBeGreaterThan(before);
	});
}

/** Creates an App in this process, with this replica. */
function openApp(replicaUrl: string): Ctx {
	const DATABASE_URL = replication.primary.url;
	const { app, close } = createApp({
		config: readConfig({
			NODE_ENV: 'test',
			LOG_LEVEL: 'silent',
			DATABASE_URL,
			DATABASE_REPLICA_URL: replicaUrl,
		}),
		databaseUrl: DATABASE_URL,
		secretKey: SECRET_KEY,
	});
	onTestFinished(() => close());
	return createSystemContext(app);
}

const isOnStandby = async ({ db }: Ctx): Promise<boolean> => {
	const { rows } = await db.execute(sql`select pg_is_in_recovery() as is_standby`);
	return rows[0]?.['is_standby'] === true;
};

const waitForUse = (ctx: Ctx) =>
	vi.waitFor(async () => expect(await readFromReplica(ctx, isOnStandby)).toBe(true));

/** Returns how often an App has answered a read for this reason. */
async function countResults({ app }: Ctx, result: string): Promise<number> {
	const { values } = await app.metrics.replicaReads.get();
	return values.find(({ labels }) => labels.result === result)?.value ?? 0;
}

describeWith('postgres', 'with a streaming replica', () => {
	beforeAll(async () => {
		replication = await startReplication();
		const environment = {
			DATABASE_URL: replication.primary.url,
			DATABASE_REPLICA_URL: replication.standby.url,
		};
		[first, second] = await Promise.all([startServer(environment), startServer(environment)]);
	});
	afterAll(async () => {
		await Promise.all([first.stop(), second.stop()]);
		await replication.stop();
	});

	it.each([
		['sessions', /"chat_sessions"/],
		['sessions?q=roof', /search_document/],
		['sessions/counts', /"chat_sessions"/],
		['sessions.csv', /"chat_sessions"/],
		['leads', /"leads"/],
		['leads/counts', /"leads"/],
		['leads.csv', /"leads"/],
		['stats', /statistics_times/],
		['stats.csv?table=daily', /statistics_times/],
		['stats/overview', /statistics_times/],
		['deliveries', /deliveries/],
		['reviews', /"chat_sessions"/],
		['reviews/counts', /"chat_sessions"/],
		['audit-entries', /"audit_entries"/],
	])('reads GET /api/%s from it', async (path, table) => {
		await vi.waitFor(async () => {
			const before = replication.standby.log().length;
			const response = await fetch(`${second.url}/api/${path}`, {
				headers: { 'X-API-Key': API_KEY },
			});
			expect(response.status).toBe(200);
			await response.text();
			await vi.waitFor(() => expect(replication.standby.log().slice(before)).toMatch(table), 1_000);
		});
	});

	it('lists what another process has just stored', async () => {
		await waitForReads('replica');
		await expectFreshLists();
	});

	it('reads from the primary inside a transaction', async () => {
		const ctx = openApp(replication.standby.url);
		await waitForUse(ctx);
		const db = await ctx.db.transaction((tx) => readFromReplica({ ...ctx, db: tx }, isOnStandby));
		expect(db).toBe(false);
	});

	it('lists what was stored while the replica lags, and reports the lag', async () => {
		await waitForReads('replica');
		await replication.standby.query('select pg_wal_replay_pause()');
		await vi.waitFor(async () => {
			const rows = await replication.standby.query(
				'select pg_get_wal_replay_pause_state() as state',
			);
			expect(rows).toEqual([{ state: 'paused' }]);
		});
		await expectFreshLists();
		await waitForReads('lagging');
		await vi.waitFor(async () => {
			expect(await readMetric(second.url, 'frontdesk_replica_lag_bytes')).toBeGreaterThan(0);
			expect(await readMetric(second.url, 'frontdesk_replica_lag_seconds')).toBeGreaterThan(0);
			expect(await readMetric(second.url, 'frontdesk_replica_up')).toBe(0);
		});
		await replication.standby.query('select pg_wal_replay_resume()');
		await waitForReads('replica');
		await vi.waitFor(async () => {
			expect(await readMetric(second.url, 'frontdesk_replica_up')).toBe(1);
		});
	});

	it('repeats a read on the primary if it conflicts with replay on the replica', async () => {
		const { primary, standby } = replication;
		const ctx = openApp(standby.url);
		await primary.query('create table conflicts (n int)');
		const causeConflict = async () => {
			const before = standby.log().length;
			await vi.waitFor(async () => {
				const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep'`;
				expect(await standby.query(sleeping)).toHaveLength(1);
			});
			await primary.query('insert into conflicts values (1)');
			await primary.query('delete from conflicts');
			// Row versions that a transaction on the primary still needs are removed later.
			await vi.waitFor(async () => {
				await primary.query('vacuum conflicts');
				expect(standby.log().slice(before)).toContain('conflict with recovery');
			});
		};
		// The replica may lag behind at first.
		await vi.waitFor(async () => {
			const attempts: boolean[] = [];
			await readFromReplica(ctx, async (replica) => {
				const isStandby = await isOnStandby(replica);
				attempts.push(isStandby);
				if (isStandby)
					await Promise.all([replica.db.execute(sql`select pg_sleep(60)`), causeConflict()]);
			});
			expect(attempts).toEqual([true, false]);
		});
		expect(await countResults(ctx, 'failed')).toBeGreaterThan(0);
	});

	it('reads from the primary while the replica is down', async () => {
		await waitForReads('replica');
		await replication.standby.kill();
		await expectFreshLists();
		await waitForReads('unavailable');
		await replication.standby.start();
		await waitForReads('replica');
	});

	it('reads from the primary when the replica stops answering', async () => {
		const url = new URL(replication.standby.url);
		const proxy = await startSilentProxy(Number(url.port));
		url.port = String(proxy.port);
		const ctx = openApp(url.toString());
		await waitForUse(ctx);
		const before = await countResults(ctx, 'unavailable');
		proxy.silence({ acceptsNew: false });
		expect(await readFromReplica(ctx, isOnStandby)).toBe(false);
		expect(await countResults(ctx, 'unavailable')).toBe(before + 1);
		proxy.restore();
		await waitForUse(ctx);
	});

	it('does not use the standby of a different database', async () => {
		const url = new URL(replication.standby.url);
		url.pathname = '/postgres';
		const ctx = openApp(url.toString());
		await vi.waitFor(async () => {
			expect(await readFromReplica(ctx, isOnStandby)).toBe(false);
			expect(await countResults(ctx, 'other_database')).toBeGreaterThan(0);
		});
	});

	it('does not use a promoted replica until it is a standby again', async () => {
		await waitForReads('replica');
		await replication.standby.query('select pg_promote()');
		await expectFreshLists();
		await waitForReads('promoted');
		await vi.waitFor(() => {
			expect(second.output()).toContain(
				'DATABASE_REPLICA_URL points to a server that is not a standby',
			);
		});
		await replication.rebuildStandby();
		await waitForReads('replica');
		await expectFreshLists();
	});
});
