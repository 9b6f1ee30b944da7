import { startServer } from '../../../tests/support/process.ts';
import { percentile, type Bench, type Measurement } from '../bench.ts';
import { connectCrowd, READY_PREFIX } from '../connections/index.ts';
import { startEcho } from '../message-path/echo.ts';
import { measureLoad, startLoad } from '../message-path/index.ts';
import { API_KEY, createVisitors } from '../message-path/visitors.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded-database.ts';

const MAX_IDLE = 10_000;
const MAX_TALKING = 1_000;
const AGENTS = 50;
/** Messages per second at which delays are measured. */
const RATE = 1_000;
const AGENT = { api_key: API_KEY };

/** The CPU time of a message with many idle visitors or agents, and the delay until an agent's socket receives it. */
export const audience: Bench = {
	name: 'audience',
	async run({ seconds, rounds, sessions = MAX_IDLE }) {
		const database = await startBenchPostgres();
		const server = await startServer({ DATABASE_URL: database.url, SECRET_KEY, API_KEY });
		const echo = await startEcho();
		const createAuths = async (count: number) =>
			(await createVisitors(database.url, Math.min(count, sessions))).auths;
		const getCpu = async (agents: number) => {
			const visitors = await createAuths(MAX_TALKING);
			const input = { url: server.url, agent: AGENT, agents, visitors, seconds };
			const { cpuPerMessage } = await measureLoad([server], input);
			return cpuPerMessage[0] ?? Number.NaN;
		};
		const getDelays = async (url: string) => {
			const visitors = await createAuths(MAX_TALKING);
			const { delays } = await startLoad({ url, agent: AGENT, visitors, rate: RATE, seconds });
			return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
		};
		const idle: Measurement['rounds'] = [];
		const agents: Measurement['rounds'] = [];
		const p50: Measurement['rounds'] = [];
		const p99: Measurement['rounds'] = [];
		try {
			for (let round = 0; round < rounds; round += 1) {
				const [echoDelays, delays] = [await getDelays(echo.url), await getDelays(server.url)];
				p50.push({ ours: delays.p50, baseline: echoDelays.p50 });
				p99.push({ ours: delays.p99, baseline: echoDelays.p99 });
				const baseline = await getCpu(1);
				agents.push({ ours: await getCpu(AGENTS), baseline });
				const auths = await createAuths(MAX_IDLE);
				const crowd = await connectCrowd({ url: server.url, auths, readyPrefix: READY_PREFIX });
				idle.push({ ours: await getCpu(1), baseline });
				crowd.disconnect();
			}
		} finally {
			echo.stop();
			await server.stop();
			await database.stop();
		}
		const delayName = `visitor → agent at ${RATE} messages/s`;
		return [
			{ name: `${delayName}, p50 ÷ a Socket.IO echo`, unit: 'ms', rounds: p50, goal: '≤ 4' },
			{ name: `${delayName}, p99 ÷ a Socket.IO echo`, unit: 'ms', rounds: p99, goal: '≤ 8 ms' },
			{
				name: `CPU per message with ${MAX_IDLE} idle visitors ÷ with none`,
				unit: 'µs',
				rounds: idle,
				goal: '≤ 1.2',
			},
			{
				name: `CPU per message with ${AGENTS} agents ÷ with one`,
				unit: 'µs',
				rounds: agents,
				goal: '≤ 8',
			},
		];
	},
};
