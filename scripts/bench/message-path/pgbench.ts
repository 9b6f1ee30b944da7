import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Inserts a message and updates its chat session's counters, on Frontdesk's own tables. */
const TRANSACTION = `
\\set session random(:first, :last)
begin;
update chat_sessions set message_count = message_count + 1, visitor_message_count = visitor_message_count + 1,
	last_message_at = now(), last_activity_at = now() where id = :session;
insert into messages (chat_session_id, sender, message, client_message_id)
	values (:session, 'visitor', repeat('x', 120), gen_random_uuid());
commit;
`;

const STATEMENT = `
\\set session random(:first, :last)
with counted as (
	update chat_sessions set message_count = message_count + 1, visitor_message_count = visitor_message_count + 1,
		last_message_at = now(), last_activity_at = now() where id = :session returning id
) insert into messages (chat_session_id, sender, message, client_message_id)
	select id, 'visitor', repeat('x', 120), gen_random_uuid() from counted;
`;

const COMMIT = `
insert into bench_commits (text) values (repeat('x', 120));
`;

const SCRIPTS = { transaction: TRANSACTION, statement: STATEMENT };

/** Returns pgbench's transactions per second with 8 clients, prepared statements and durable commits. */
export async function measureThroughput(
	databaseUrl: string,
	kind: keyof typeof SCRIPTS,
	sessions: { first: number; last: number },
	seconds: number,
): Promise<number> {
	const range = ['-D', `first=${sessions.first}`, '-D', `last=${sessions.last}`];
	const { output } = await runPgbench(databaseUrl, SCRIPTS[kind], seconds, [
		'-c',
		'8',
		'-j',
		'2',
		...range,
	]);
	const tps = /tps = ([\d.]+)/.exec(output)?.[1];
	if (!tps) throw new Error(`pgbench printed no tps:\n${output}`);
	return Number(tps);
}

/** Returns the durations of durable single-row commits by one client, in ms. */
export async function measureCommits(databaseUrl: string, seconds: number): Promise<number[]> {
	const { log } = await runPgbench(databaseUrl, COMMIT, seconds, ['-c', '1', '-l']);
	return log.map((line) => Number(line.split(' ')[2]) / 1_000);
}

/** Runs a script with prepared statements. Returns pgbench's output, and the lines of its transaction log. */
async function runPgbench(databaseUrl: string, sql: string, seconds: number, options: string[]) {
	const [program] = globSync('/usr/lib/postgresql/*/bin/pgbench').sort().reverse();
	if (!program) throw new Error('pgbench is not installed: apt-get install postgresql');
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-pgbench-'));
	try {
		const script = path.join(folder, 'script.sql');
		await writeFile(script, sql);
		const time = ['-T', String(Math.max(1, Math.round(seconds)))];
		const { stdout } = await promisify(execFile)(
			program,
			['-n', '-M', 'prepared', ...time, ...options, '-f', script, databaseUrl],
			{ cwd: folder },
		);
		const logs = (await readdir(folder)).filter((name) => name.startsWith('pgbench_log'));
		const texts = await Promise.all(logs.map((name) => readFile(path.join(folder, name), 'utf8')));
		return { output: stdout, log: texts.join('').split('\n').filter(Boolean) };
	} finally {
		await rm(folder, { recursive: true });
	}
}
