import pg from 'pg';
import { z } from 'zod';
import { compareGroups, type Bench, type Goal } from '../bench.ts';
import { openFilledDatabase } from '../filled-database.ts';
import { startSeededPostgres } from '../seeded-database.ts';
import { captureStatements, type Statement } from '../statements.ts';
import { type Call, type Calls, GROUPS, createLoopCalls } from './calls.ts';
import { CASES, insertChats, insertSuite, RUNS } from './insert.ts';

const BASELINE_SESSIONS = 1_000;
/** Groups with a goal in ms, since the checks page counts all recent flags. The goal of the others is a ratio. */
const GOALS: Partial<Record<keyof Calls, Goal>> = { 'review and checks': '≤ 50 ms' };
const DEFAULT_SESSIONS = 100_000;

/** The pages of the improvement loop with many chats, against the same pages with 1,000. */
export const loop: Bench = {
	name: 'loop',
	async run({ seconds, rounds, sessions = DEFAULT_SESSIONS }) {
		const postgres = await startSeededPostgres();
		const open = (count: number) =>
			openFilledDatabase(postgres.url, `loop_${count}`, {
				sessions: count,
				insert: insertChats,
				prepare: insertSuite,
			});
		try {
			const small = await open(Math.min(BASELINE_SESSIONS, sessions));
			const large = await open(sessions);
			const calls = [await createLoopCalls(large.ctx), await createLoopCalls(small.ctx)] as const;
			const measurements = await compareGroups(GROUPS, calls, {
				seconds,
				rounds,
				getName: (group) =>
					`loop: ${group} at ${sessions} ÷ at ${BASELINE_SESSIONS} chats, ${CASES} cases and ${RUNS} runs, slowest call`,
				goals: GOALS,
			});
			const scans = await findScans(
				large.url,
				GROUPS.flatMap((group) => calls[0][group]),
			);
			console.error(
				`Scanned sequentially: ${scans.length > 0 ? scans.join('; ') : 'no large table'}.`,
			);
			await small.close();
			await large.close();
			return measurements;
		} finally {
			await postgres.stop();
		}
	},
};

/** Tables with more pages than this must not be scanned sequentially. */
const MAX_SCANNED_PAGES = 200;

const explainRows = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: z.unknown() })) }));
const planNode = z.looseObject({
	'Node Type': z.string(),
	'Relation Name': z.string().optional(),
	Plans: z.array(z.unknown()).optional(),
});

/** Returns the calls whose query plans contain a sequential scan of a large table, with the table's name. */
async function findScans(url: string, calls: Call[]): Promise<string[]> {
	const statements: (Statement & { name: string })[] = [];
	for (const { name, run } of calls) {
		for (const statement of await captureStatements(run)) statements.push({ ...statement, name });
	}
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rows } = await client.query<{ relname: string }>(
		`select relname from pg_class where relkind = 'r' and relpages > ${MAX_SCANNED_PAGES}`,
	);
	const large = new Set(rows.map(({ relname }) => relname));
	const scans = new Set<string>();
	for (const { name, text, values } of statements) {
		if (!/^\s*(select|with)\b/i.test(text)) continue;
		const explained = await client.query(`explain (format json) ${text}`, values);
		const tables = findScannedTables(explainRows.parse(explained.rows)[0]?.['QUERY PLAN'][0]?.Plan);
		for (const table of tables) if (large.has(table)) scans.add(`${name}: ${table}`);
	}
	await client.end();
	return [...scans];
}

function findScannedTables(input: unknown): string[] {
	const { 'Node Type': type, 'Relation Name': table, Plans: plans = [] } = planNode.parse(input);
	const ownTables = type === 'Seq Scan' && table !== undefined ? [table] : [];
	return [...ownTables, ...plans.flatMap(findScannedTables)];
}
