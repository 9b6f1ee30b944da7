import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SiteUpdate } from '#lib/contract/site-settings.ts';
import { API_KEY, createSiteAt } from '../../../tests/support/server-api.ts';
import { runSql } from '../../../tests/support/database-server.ts';
import { startServer } from '../../../tests/support/process.ts';
import {
	percentile,
	type Bench,
	type BenchOptions,
	type Goal,
	type Measurement,
} from '../bench.ts';
import { startBaseline } from '../message-path/echo.ts';
import { measureCommits } from '../message-path/pgbench.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded-database.ts';
import type { LoadInput, LoadResult } from './load.ts';

const VISITOR_COUNTS = [1, 10, 50];
const MANY_VISITORS = 50;
const TRANSPORTS = ['socket', 'http'] as const;
const DIRECT_CALL = 'the AI webhook called directly';

/** The latency that Frontdesk adds to an AI's answers, also while another site's AI hangs. */
export const turn: Bench = {
	name: 'turn',
	async run(options) {
		const database = await startBenchPostgres();
		const server = await startServer({ DATABASE_URL: database.url, SECRET_KEY, API_KEY });
		const load = await startLoad();
		const proxy = await startBaseline([
			path.join(import.meta.dirname, 'proxy-server.ts'),
			`${load.webhook}/reply`,
		]);
		const createSite = (
			name: string,
			path: string,
			settings: SiteUpdate = { max_concurrent_turns: 100 },
		) =>
			createSiteAt(server.url, name, {
				connector: { type: 'n8n', url: `${load.webhook}/${path}`, auth_header: null },
				...settings,
			});
		try {
			const setup: Setup = {
				...load,
				server: server.url,
				proxy: proxy.url,
				database: database.url,
				sites: {
					reply: await createSite('Replies', 'reply'),
					defaults: await createSite('Defaults', 'reply', {}),
					stream: await createSite('Streams', 'stream'),
					hang: await createSite('Hangs', 'hang'),
				},
			};
			await runSql(
				database.url,
				'create table bench_commits (id bigserial primary key, text text)',
			);
			await warmUp(options, setup);
			const measurements = new Measurements();
			for (let round = 0; round < options.rounds; round += 1) {
				await measureAddedDelay(options, setup, measurements);
				await measureHangingSite(options, setup, measurements);
				await measureFirstDelta(options, setup, measurements);
			}
			return measurements.all;
		} finally {
			proxy.stop();
			load.stop();
			await server.stop();
			await database.stop();
		}
	},
};

interface Setup extends Awaited<ReturnType<typeof startLoad>> {
	server: string;
	proxy: string;
	database: string;
	sites: Record<'reply' | 'defaults' | 'stream' | 'hang', string>;
}

/** Collects measurements in ms by name. */
class Measurements {
	readonly #byName = new Map<string, Measurement>();

	get all(): Measurement[] {
		return [...this.#byName.values()];
	}

	record(name: string, goal: Goal, ours: number, baseline: number): void {
		const measurement = this.#byName.get(name) ?? { name, goal, unit: 'ms', rounds: [] };
		measurement.rounds.push({ ours, baseline });
		this.#byName.set(name, measurement);
	}
}

/** Warms up both servers and Postgres, so that neither JIT compilation nor query planning distorts the measurement. */
async function warmUp(
	{ seconds }: BenchOptions,
	{ server, proxy, sites, measureAnswers }: Setup,
): Promise<void> {
	const common = { visitors: MANY_VISITORS, seconds, measuresFirstDelta: false, site: sites.reply };
	for (const url of [proxy, server]) {
		for (const transport of TRANSPORTS) await measureAnswers({ ...common, transport, url });
	}
}

/**
 * Compares the delay that Frontdesk adds to the webhook's response time with the delay of a proxy without a database plus
 * two durable commits, since the visitor's message and the AI's reply must both be stored.
 */
async function measureAddedDelay(
	{ seconds }: BenchOptions,
	{ server, proxy, webhook, database, sites, measureAnswers }: Setup,
	measurements: Measurements,
): Promise<void> {
	for (const visitors of VISITOR_COUNTS) {
		const common = { visitors, seconds, measuresFirstDelta: false, site: sites.reply };
		const commits = await measureCommits(database, seconds / 5);
		const direct = await measureAnswers({
			...common,
			transport: 'direct',
			url: `${webhook}/reply`,
		});
		for (const transport of TRANSPORTS) {
			const proxied = await measureAnswers({ ...common, transport, url: proxy });
			const ours = await measureAnswers({ ...common, transport, url: server });
			for (const [name, quantile, goal] of [
				['p50', 0.5, '≤ 1.5'],
				['p99', 0.99, '≤ 2.5'],
			] as const) {
				const directMs = percentile(direct, quantile);
				const proxyDelayMs = Math.max(0, percentile(proxied, quantile) - directMs);
				measurements.record(
					`delay added to an AI's answer over ${transport}, ${visitors === 1 ? '1 visitor' : `${visitors} visitors`}, ${name} ÷ delay of a proxy plus two commits`,
					goal,
					Math.max(0.01, percentile(ours, quantile) - directMs),
					proxyDelayMs + 2 * percentile(commits, quantile),
				);
			}
		}
		if (visitors !== MANY_VISITORS) continue;
		const withDefaults = {
			...common,
			transport: 'socket' as const,
			url: server,
			site: sites.defaults,
		};
		measurements.record(
			`AI's answer over socket, ${MANY_VISITORS} visitors, default settings ÷ ${DIRECT_CALL}, p50`,
			'≤ 1.15',
			percentile(await measureAnswers(withDefaults), 0.5),
			percentile(direct, 0.5),
		);
	}
}

async function measureHangingSite(
	{ seconds }: BenchOptions,
	{ server, sites, measureAnswers }: Setup,
	measurements: Measurements,
): Promise<void> {
	const common = {
		visitors: MANY_VISITORS,
		seconds,
		measuresFirstDelta: false,
		transport: 'socket' as const,
	};
	const input = { ...common, url: server, site: sites.reply };
	const before = await measureAnswers(input);
	const during = await measureAnswers({ ...input, hangingSite: sites.hang });
	measurements.record(
		"AI's answer while another site's AI hangs ÷ before, p99",
		'≤ 1.2',
		percentile(during, 0.99),
		percentile(before, 0.99),
	);
}

async function measureFirstDelta(
	{ seconds }: BenchOptions,
	{ server, webhook, sites, measureAnswers }: Setup,
	measurements: Measurements,
): Promise<void> {
	const common = { visitors: MANY_VISITORS, seconds, measuresFirstDelta: true, site: sites.stream };
	const direct = await measureAnswers({ ...common, transport: 'direct', url: `${webhook}/stream` });
	const ours = await measureAnswers({ ...common, transport: 'socket', url: server });
	measurements.record(
		`first delta of an answer, webhook → widget ÷ ${DIRECT_CALL}, p99`,
		'≤ 10 ms more',
		percentile(ours, 0.99),
		percentile(direct, 0.99),
	);
}

/** Starts the process that simulates the visitors and the AI webhook. */
async function startLoad() {
	const child = fork(path.join(import.meta.dirname, 'load.ts'), { execArgv: [] });
	const exitError = once(child, 'exit').then(() =>
		Promise.reject(new Error('the load process failed')),
	);
	exitError.catch(() => undefined);
	const [webhook] = (await Promise.race([once(child, 'message'), exitError])) as [string];
	return {
		webhook,
		async measureAnswers(input: LoadInput): Promise<number[]> {
			child.send(input);
			const [result] = (await Promise.race([once(child, 'message'), exitError])) as [LoadResult];
			return result.timesMs;
		},
		stop: () => void child.kill('SIGKILL'),
	};
}
