import { startServer, type ServerProcess } from '../../../tests/support/process.ts';
import { configureNginx, startProxy, type Proxy } from '../../../tests/support/proxy.ts';
import { startRedis } from '../../../tests/support/redis.ts';
import { findTool } from '../../../tests/support/tools.ts';
import type { Bench, BenchOptions, Goal, Measurement } from '../bench.ts';
import { measureLoad } from '../message-path/index.ts';
import { API_KEY, createVisitors } from '../message-path/visitors.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded-database.ts';

const MAX_VISITORS = 200;
const PROCESS_COUNTS = [1, 2, 4];
/** Below the ideal of 1: with more processes, each statement stores fewer messages, and the processes share the machine's cores. */
const RATE_GOALS: Record<number, Goal> = { 2: '≥ 0.8', 4: '≥ 0.6' };
const CPU_GOALS: Record<number, Goal> = { 2: '≤ 1.5', 4: '≤ 2' };

/** The message path through several processes behind nginx, and the CPU time that one process spends on another's chats. */
export const processes: Bench = {
	name: 'processes',
	async run(options) {
		const missing = (['nginx', 'redis-server'] as const).find((tool) => !findTool(tool));
		if (missing !== undefined) {
			console.error(`processes: skipped, because ${missing} is not installed`);
			return [];
		}
		const stops: (() => unknown)[] = [];
		try {
			const visitors = Math.min(options.sessions ?? MAX_VISITORS, MAX_VISITORS);
			return await measure(options, { ...(await startAll(stops)), visitors });
		} finally {
			for (const stop of stops.reverse()) await stop();
		}
	},
};

interface Setup {
	database: string;
	servers: ServerProcess[];
	/** The proxies in front of the first 1, 2 and 4 servers, by that number. */
	proxies: Map<number, Proxy>;
	visitors: number;
}

async function startAll(stops: (() => unknown)[]): Promise<Omit<Setup, 'visitors'>> {
	const database = await startBenchPostgres();
	stops.push(() => database.stop());
	const redis = await startRedis();
	stops.push(() => redis.stop());
	const servers: ServerProcess[] = [];
	const proxies = new Map<number, Proxy>();
	for (const count of PROCESS_COUNTS) {
		while (servers.length < count) {
			const server = await startServer({
				DATABASE_URL: database.url,
				REDIS_URL: redis.url,
				SECRET_KEY,
				API_KEY,
			});
			stops.push(() => server.stop());
			servers.push(server);
		}
		const proxy = await startNginx(servers);
		stops.push(() => proxy.stop());
		proxies.set(count, proxy);
	}
	return { database: database.url, servers, proxies };
}

/** Starts nginx, which distributes connections round-robin among the servers. */
function startNginx(servers: ServerProcess[]): Promise<Proxy> {
	const upstreams = servers.map(({ url }) => `server ${new URL(url).host};`).join(' ');
	return startProxy(
		'nginx',
		servers[0]?.url ?? '',
		(port, _host, folder) =>
			Promise.resolve(
				configureNginx(
					folder,
					`upstream frontdesk { ${upstreams} }
					server { listen 127.0.0.1:${port}; location / {
						proxy_pass http://frontdesk; proxy_http_version 1.1; proxy_set_header Host $http_host;
						proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
					} }`,
				),
			),
		(file, folder) => ['-c', file, '-p', folder],
	);
}

type Figures = Awaited<ReturnType<typeof measureLoad>>;

async function measure({ rounds, seconds }: BenchOptions, setup: Setup): Promise<Measurement[]> {
	const { servers, proxies } = setup;
	const [first, second] = servers;
	const measurements: Record<string, Measurement> = {};
	const add = (name: string, unit: string, goal: Goal, ours: number, baseline: number) => {
		measurements[name] ??= { name, unit, goal, rounds: [] };
		measurements[name].rounds.push({ ours, baseline });
	};
	for (let round = 0; round < rounds; round += 1) {
		let single: Figures | undefined;
		for (const [count, { url }] of proxies) {
			const figures = await measureVisitors(setup, seconds, { url });
			single ??= figures;
			const [rateGoal, cpuGoal] = [RATE_GOALS[count], CPU_GOALS[count]];
			if (!rateGoal || !cpuGoal) continue;
			const comparison = `${count} processes ÷ 1`;
			const rates = [figures.messagesPerSecond, single.messagesPerSecond] as const;
			add(`messages through ${comparison}`, 'messages/s', rateGoal, ...rates);
			add(`CPU per message of ${comparison}`, 'µs', cpuGoal, sumCpu(figures), sumCpu(single));
		}
		const agentElsewhere = await measureVisitors(setup, seconds, {
			url: first?.url ?? '',
			...(second && { agentUrl: second.url }),
		});
		const [own = 0, withAgent = 0, withoutAgent = 0] = agentElsewhere.cpuPerMessage;
		const getForeignName = (agent: string) => `CPU per foreign event ${agent} ÷ per own message`;
		add(getForeignName('with an agent'), 'µs', '≤ 0.5', withAgent, own);
		add(getForeignName('without an agent'), 'µs', '≤ 0.1', withoutAgent, own);
	}
	return Object.values(measurements);
}

const sumCpu = ({ cpuPerMessage }: Figures) =>
	cpuPerMessage.reduce((total, value) => total + value);

/** Measures the servers while new visitors chat and one agent receives their messages. */
async function measureVisitors(
	{ database, servers, visitors }: Setup,
	seconds: number,
	urls: { url: string; agentUrl?: string },
): Promise<Figures> {
	const { auths } = await createVisitors(database, visitors);
	return measureLoad(servers, { ...urls, agent: { api_key: API_KEY }, visitors: auths, seconds });
}
