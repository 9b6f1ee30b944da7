import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { API_KEY, createSiteAt } from '../../../tests/support/server-api.ts';
import { startServer } from '../../../tests/support/process.ts';
import { percentile, type Bench, type BenchOptions, type Measured } from '../bench.ts';
import { SECRET_KEY, startBenchPostgres } from '../seeded.ts';
import type { TalkInput, TalkResult } from './talk.ts';

const VISITORS = 50;
const DIRECT = 'the AI webhook called directly';

/** What Frontdesk adds to an AI's answer, and what one site's hanging AI does to another's. */
export const turn: Bench = {
	name: 'turn',
	async run(options) {
		const database = await startBenchPostgres();
		const server = await startServer({ DATABASE_URL: database.url, SECRET_KEY, API_KEY });
		const talk = await startTalk();
		const site = (name: string, path: string) =>
			createSiteAt(server.url, name, {
				connector: { type: 'n8n', url: `${talk.webhook}/${path}`, auth_header: null },
				max_concurrent_turns: 100,
			});
		try {
			const sites = {
				reply: await site('Replies', 'reply'),
				stream: await site('Streams', 'stream'),
				hang: await site('Hangs', 'hang'),
			};
			return await measure(options, { ...talk, server: server.url, sites });
		} finally {
			talk.stop();
			await server.stop();
			await database.stop();
		}
	},
};

interface Sides extends Awaited<ReturnType<typeof startTalk>> {
	server: string;
	sites: Record<'reply' | 'stream' | 'hang', string>;
}

async function measure({ seconds, rounds }: BenchOptions, sides: Sides): Promise<Measured[]> {
	const { server, webhook, sites, ask } = sides;
	const common = { visitors: VISITORS, seconds, isFirstPiece: false };
	const figures = new Map<string, Measured>();
	const note = (name: string, goal: string, ours: number, baseline: number) => {
		const figure = figures.get(name) ?? { name, goal, unit: 'ms', rounds: [] };
		figure.rounds.push({ ours, baseline });
		figures.set(name, figure);
	};
	for (let round = 0; round < rounds; round += 1) {
		const direct = await ask({ ...common, way: 'direct', url: `${webhook}/reply`, site: '' });
		for (const way of ['socket', 'http'] as const) {
			const ours = await ask({ ...common, way, url: server, site: sites.reply });
			const name = `AI's answer by ${way}, ${VISITORS} visitors ÷ ${DIRECT}`;
			note(`${name}, p50`, '≤ 3 ms on top', percentile(ours, 0.5), percentile(direct, 0.5));
			note(`${name}, p99`, '≤ 15 ms on top', percentile(ours, 0.99), percentile(direct, 0.99));
			if (way === 'http') continue;
			const besides = { ...common, way, url: server, site: sites.reply, hangingSite: sites.hang };
			const halved = await ask(besides);
			const [after, before] = [percentile(halved, 0.99), percentile(ours, 0.99)];
			note("AI's answer while another site's AI hangs ÷ before, p99", '≤ 1.2', after, before);
		}
		const pieces = { ...common, isFirstPiece: true };
		const first = await ask({ ...pieces, way: 'direct', url: `${webhook}/stream`, site: '' });
		const ours = await ask({ ...pieces, way: 'socket', url: server, site: sites.stream });
		const name = `first piece of an answer, webhook → widget ÷ ${DIRECT}, p99`;
		note(name, '≤ 10 ms on top', percentile(ours, 0.99), percentile(first, 0.99));
	}
	return [...figures.values()];
}

/** The visitors and the webhook, a process of its own. */
async function startTalk() {
	const child = fork(path.join(import.meta.dirname, 'talk.ts'), { execArgv: [] });
	const failed = once(child, 'exit').then(() => Promise.reject(new Error('the talk has failed')));
	failed.catch(() => undefined);
	const [webhook] = (await Promise.race([once(child, 'message'), failed])) as [string];
	return {
		webhook,
		async ask(input: TalkInput): Promise<number[]> {
			child.send(input);
			const [result] = (await Promise.race([once(child, 'message'), failed])) as [TalkResult];
			return result.times;
		},
		stop: () => void child.kill('SIGKILL'),
	};
}
