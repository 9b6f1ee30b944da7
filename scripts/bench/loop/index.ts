import pg from 'pg';
import { z } from 'zod';
import { compareGroups, type Bench } from '../bench.ts';
import { openFilled } from '../filled.ts';
import { startSeededPostgres } from '../seeded.ts';
import { type Call, type Calls, GROUPS, loopCalls } from './calls.ts';
import { CASES, insertChats, insertSuite, RUNS } from './insert.ts';

const FEW = 1_000;
/** Absolute goals; other groups have a ratio as goal. The page of checks counts the flags of the last days. */
const GOALS: Partial<Record<keyof Calls, string>> = { 'review and checks': '≤ 50 ms' };
const MANY = 100_000;

/** The pages of the improvement loop with many chats, against the same pages with 1,000. */
export const loop: Bench = {
	name: 'loop',
	async run({ seconds, rounds, sessions = MANY }) {
		const postgres = await startSeededPostgres();
		const open = (count: number) =>
			openFilled(postgres.url, `loop_${count}`, {
				sessions: count,
				insert: insertChats,
				prepare: insertSuite,
			});
		try {
			const small = await open(Math.min(FEW, sessions));
			const large = await open(sessions);
			const calls = [await loopCalls(large.ctx), await loopCalls(small.ctx)] as const;
			const measured = await compareGroups(GROUPS, calls, {
				seconds,
				rounds,
				nameOf: (group) =>
					`loop: ${group} at ${sessions} ÷ at ${FEW} chats, ${CASES} cases and ${RUNS} runs, slowest call`,
				goals: GOALS,
			});
			const scanned = await findScans(
				large.url,
				GROUPS.flatMap((group) => calls[0][group]),
			);
			console.error(
				`Read as a whole: ${scanned.length > 0 ? scanned.join('; ') : 'no large table'}.`,
			);
			await small.close();
			await large.close();
			return measured;
		} finally {
			await postgres.stop();
		}
	},
};

/** Tables with more pages than this must not be read as a whole. */
const MAX_PAGES = 200;

const plan = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: z.unknown() })) }));
const node = z.looseObject({
	'Node Type': z.string(),
	'Relation Name': z.string().optional(),
	Plans: z.array(z.unknown()).optional(),
});

/** Returns which calls read which large table by a sequential scan, by the plans of the statements that they send. */
async function findScans(url: string, calls: Call[]): Promise<string[]> {
	const sent: (Statement & { name: string })[] = [];
	for (const { name, run } of calls) {
		for (const each of await statementsOf(run)) sent.push({ ...each, name });
	}
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rows } = await client.query<{ relname: string }>(
		`select relname from pg_class where relkind = 'r' and relpages > ${MAX_PAGES}`,
	);
	const large = new Set(rows.map(({ relname }) => relname));
	const found = new Set<string>();
	for (const { name, text, values } of sent) {
		if (!/^\s*(select|with)\b/i.test(text)) continue;
		const explained = await client.query(`explain (format json) ${text}`, values);
		const tables = scannedBy(plan.parse(explained.rows)[0]?.['QUERY PLAN'][0]?.Plan);
		for (const table of tables) if (large.has(table)) found.add(`${name}: ${table}`);
	}
	await client.end();
	return [...found];
}

function scannedBy(given: unknown): string[] {
	const { 'Node Type': type, 'Relation Name': table, Plans: plans = [] } = node.parse(given);
	const own = type === 'Seq Scan' && table !== undefined ? [table] : [];
	return [...own, ...plans.flatMap(scannedBy)];
}

interface Statement {
	text: string;
	values: unknown[];
}
const statement = z.object({ text: z.string(), values: z.array(z.unknown()).optional() });

/** Returns the statements that a call sends. */
async function statementsOf(run: () => Promise<unknown>): Promise<Statement[]> {
	const sent: Statement[] = [];
	const { query } = pg.Client.prototype;
	pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
		const config = statement.safeParse(given[0]);
		const values = Array.isArray(given[1]) ? (given[1] as unknown[]) : [];
		if (config.success) sent.push({ text: config.data.text, values: config.data.values ?? values });
		return Reflect.apply(query, this, given) as never;
	};
	try {
		await run();
	} finally {
		pg.Client.prototype.query = query;
	}
	return sent;
}
