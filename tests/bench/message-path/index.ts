import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/lib/server/db/embedded';
import { createSecrets } from '../../../src/lib/server/secrets';
import { startServer } from '../../support/process';
import type { Bench, BenchOptions, Measured } from '../bench';
import type { LoadInput, LoadResult } from './load';
import { pgbench } from './pgbench';

const VISITORS = 200;
const SECRET_KEY = 'a secret key for benches only';
const API_KEY = 'an API key for benches only';
const HERE = import.meta.dirname;

/** The message path at saturation, against an echo that stores nothing and against pgbench. */
export const messagePath: Bench = {
	name: 'message-path',
	async run(options) {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-bench-'));
		const database = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined });
		const DATABASE_URL = database.connectionString;
		const server = await startServer({ DATABASE_URL, SECRET_KEY, API_KEY });
		const echo = await startEcho();
		try {
			const load = async (url: string): Promise<LoadInput> => ({
				url,
				agent: { api_key: API_KEY },
				visitors: (await takenOverSessions(DATABASE_URL)).auths,
				seconds: options.seconds,
			});
			return await measure(options, {
				path: async () => runLoad(await load(server.url)),
				echo: async () => runLoad(await load(echo.url)),
				pgbench: async (kind) => {
					const sessions = await takenOverSessions(DATABASE_URL);
					return pgbench(DATABASE_URL, kind, sessions, options.seconds);
				},
			});
		} finally {
			echo.stop();
			await server.stop();
			await database.stop();
			await rm(folder, { recursive: true, force: true });
		}
	},
};

interface Sides {
	path(): Promise<number>;
	echo(): Promise<number>;
	pgbench(kind: 'transaction' | 'statement'): Promise<number>;
}

async function measure({ rounds }: BenchOptions, sides: Sides): Promise<Measured[]> {
	const [echo, transaction, statement]: Measured['rounds'][] = [[], [], []];
	for (let round = 0; round < rounds; round += 1) {
		echo?.push({ baseline: await sides.echo(), ours: await sides.path() });
		const ours = await sides.path();
		transaction?.push({ ours, baseline: await sides.pgbench('transaction') });
		statement?.push({ ours: await sides.path(), baseline: await sides.pgbench('statement') });
	}
	const unit = 'messages/s';
	return [
		{ name: 'message path ÷ Socket.IO echo', unit, rounds: echo ?? [], goal: '≥ 0.45' },
		{
			name: 'message path ÷ pgbench, one transaction a message',
			unit,
			rounds: transaction ?? [],
			goal: '≥ 2.5',
		},
		{
			name: 'message path ÷ pgbench, one statement a message',
			unit,
			rounds: statement ?? [],
			goal: '≥ 1.4',
		},
	];
}

/** Messages a second that were stored, acknowledged and seen by the watching agent. */
async function runLoad(input: LoadInput): Promise<number> {
	const child = fork(path.join(HERE, 'load.ts'), { execArgv: [] });
	child.send(input);
	const ended = once(child, 'exit').then(() => Promise.reject(new Error('the load has failed')));
	const [result] = (await Promise.race([once(child, 'message'), ended])) as [LoadResult];
	return Math.min(result.acknowledged, result.seen) / result.seconds;
}

async function startEcho(): Promise<{ url: string; stop(): void }> {
	const child = spawn(process.execPath, [path.join(HERE, 'echo-server.ts')], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
	return { url: `http://127.0.0.1:${line.replace(/\D/g, '')}`, stop: () => void child.kill() };
}

/**
 * New chat sessions in which a person answers, so that what is measured is the path of messages, not an AI. Each run has
 * its own: a chat takes a limited number of messages.
 */
async function takenOverSessions(databaseUrl: string) {
	const client = new pg.Client({ connectionString: databaseUrl });
	await client.connect();
	const { rows } = await client.query<{ id: string; public_id: string }>(
		`insert into chat_sessions (public_id, site_id, ai_paused)
		 select 'session_bench' || gen_random_uuid(), (select id from sites where key = 'default'), true from generate_series(1, $1) n
		 returning id, public_id`,
		[VISITORS],
	);
	await client.end();
	const secrets = createSecrets(SECRET_KEY);
	const ids = rows.map(({ id }) => Number(id));
	return {
		first: Math.min(...ids),
		last: Math.max(...ids),
		auths: rows.map(({ public_id }) => ({
			session_id: public_id,
			token: secrets.visitorToken(public_id),
			after: 2 ** 40,
		})),
	};
}
