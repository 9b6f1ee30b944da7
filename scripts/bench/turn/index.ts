import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SiteUpdate } from '#lib/contract/site-settings.ts';
import { API_KEY, createSiteAt } from '../../../tests/support/server-api.ts';
import { startServer } from '../../../tests/support/process.ts';
import { percentile, type Bench, type BenchOptions, type Measurement } from '../bench.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded.ts';
import type { LoadInput, LoadResult } from './load.ts';

const VISITORS = 50;
const BASELINE_NAME = 'the AI webhook called directly';

/** The latency that Frontdesk adds to an AI's answer, and the effect of one site's hanging AI on another's. */
export const turn: Bench = {
	name: 'turn',
	async run(options) {
		const database = await startBenchPostgres();
		const server = await startServer({ DATABASE_URL: database.url, SECRET_KEY, API_KEY });
		const load = await startLoad();
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
			const sites = {
				reply: await createSite('Replies', 'reply'),
				defaults: await createSite('Defaults', 'reply', {}),
				stream: await createSite('Streams', 'stream'),
				hang: await createSite('Hangs', 'hang'),
			};
			return await measure(options, { ...load, server: server.url, sites });
		} finally {
			load.stop();
			await server.stop();
			await database.stop();
		}
	},
};

interface LoadSetup extends Awaited<ReturnType<typeof startLoad>> {
	server: string;
	sites: Record<'reply' | 'defaults' | 'stream' | 'hang', string>;
}

async function measure(
	{ seconds, rounds }: BenchOptions,
	setup: LoadSetup,
): Promise<Measurement[]> {
	const { server, webhook, sites, measureAnswers } = setup;
	const common = { visitors: VISITORS, seconds, isFirstPiece: false };
	const figures = new Map<string, Measurement>();
	const record = (name: string, goal: string, ours: number, baseline: number) => {
		const figure = figures.get(name) ?? { name, goal, unit: 'ms', rounds: [] };
		figure.rounds.push({ ours, baseline });
		figures.set(name, figure);
	};
	for (let round = 0; round < rounds; round += 1) {
		const direct = await measureAnswers({
			...common,
			transport: 'direct',
			url: `${webhook}/reply`,
			site: '',
		});
		for (const transport of ['socket', 'http'] as const) {
			const ours = await measureAnswers({
				...common,
				transport,
				url: server,
				site: sites.reply,
			});
			const name = `AI's answer over ${transport}, ${VISITORS} visitors ÷ ${BASELINE_NAME}`;
			record(`${name}, p50`, '≤ 3 ms more', percentile(ours, 0.5), percentile(direct, 0.5));
			record(`${name}, p99`, '≤ 15 ms more', percentile(ours, 0.99), percentile(direct, 0.99));
			if (transport === 'http') continue;
			const withHangingSite = {
				...common,
				transport,
				url: server,
				site: sites.reply,
				hangingSite: sites.hang,
			};
			const withHangingTimes = await measureAnswers(withHangingSite);
			const [during, before] = [percentile(withHangingTimes, 0.99), percentile(ours, 0.99)];
			record("AI's answer while another site's AI hangs ÷ before, p99", '≤ 1.2', during, before);
		}
		const withDefaults = await measureAnswers({
			...common,
			transport: 'socket',
			url: server,
			site: sites.defaults,
		});
		const defaultsName = `AI's answer over socket, ${VISITORS} visitors, default settings ÷ ${BASELINE_NAME}, p50`;
		record(defaultsName, '≤ 1.15', percentile(withDefaults, 0.5), percentile(direct, 0.5));
		const firstPieceOptions = { ...common, isFirstPiece: true };
		const directFirstPiece = await measureAnswers({
			...firstPieceOptions,
			transport: 'direct',
			url: `${webhook}/stream`,
			site: '',
		});
		const ours = await measureAnswers({
			...firstPieceOptions,
			transport: 'socket',
			url: server,
			site: sites.stream,
		});
		const name = `first piece of an answer, webhook → widget ÷ ${BASELINE_NAME}, p99`;
		record(name, '≤ 10 ms more', percentile(ours, 0.99), percentile(directFirstPiece, 0.99));
	}
	return [...figures.values()];
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
