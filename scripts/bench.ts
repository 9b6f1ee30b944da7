// `npm run bench`: measures Frontdesk and baselines in the same run, and prints the ratios.
import { readFile, writeFile } from 'node:fs/promises';
import { readArguments, refuse } from './read-arguments.ts';

const BENCHES = {
	counts: async () => (await import('./bench/counts/index.ts')).counts,
	'message-path': async () => (await import('./bench/message-path/index.ts')).messagePath,
	audience: async () => (await import('./bench/audience/index.ts')).audience,
	processes: async () => (await import('./bench/processes/index.ts')).processes,
	turn: async () => (await import('./bench/turn/index.ts')).turn,
	connections: async () => (await import('./bench/connections/index.ts')).connections,
	start: async () => (await import('./bench/start/index.ts')).start,
	install: async () => (await import('./bench/install/index.ts')).install,
	statistics: async () => (await import('./bench/statistics/index.ts')).statisticsBench,
	inbox: async () => (await import('./bench/inbox/index.ts')).inbox,
	loop: async () => (await import('./bench/loop/index.ts')).loop,
	'inbox-live': async () => (await import('./bench/inbox-live/index.ts')).inboxLive,
	widget: async () => (await import('./bench/widget/index.ts')).widgetBench,
};
type BenchName = keyof typeof BENCHES;
const ALL = Object.keys(BENCHES) as BenchName[];
const USAGE = `npm run bench -- [name …] [--write]
  name      ${ALL.join(', ')}; all by default
  --write   write the results to docs/benchmarks.md; a run of all benches replaces the whole table
Environment variables: BENCH_SECONDS per measurement (default 5), BENCH_ROUNDS (default 5), and BENCH_SESSIONS, the chat
sessions in large databases (default 100000; for statistics 1000000).`;

const { values, positionals } = readArguments(
	USAGE,
	{ write: { type: 'boolean', default: false } },
	true,
);
const isBench = (name: string): name is BenchName => name in BENCHES;
const unknown = positionals.find((name) => !isBench(name));
if (unknown !== undefined) refuse(`There is no bench "${unknown}".`, USAGE);
const names: BenchName[] = positionals.length > 0 ? positionals.filter(isBench) : ALL;

const { formatMeasurement } = await import('./bench/bench.ts');
const { formatTable, updateResults } = await import('./bench/results-table.ts');
const { default: setupBuild } = await import('../tests/support/build.ts');

const RESULTS_PAGE = 'docs/benchmarks.md';
const options = {
	seconds: Number(process.env['BENCH_SECONDS'] ?? 5),
	rounds: Number(process.env['BENCH_ROUNDS'] ?? 5),
	sessions: Number(process.env['BENCH_SESSIONS'] ?? 100_000),
};

setupBuild();
const allRows: string[] = [];
for (const name of names) {
	console.error(`${name} …`);
	const bench = await BENCHES[name]();
	const measurements = await bench.run(options);
	const rows = measurements.map((measurement) => formatMeasurement(measurement, new Date()));
	allRows.push(...rows);
	// Writes after each bench, so that no results are lost if a later one fails.
	if (values.write)
		await writeFile(RESULTS_PAGE, updateResults(await readFile(RESULTS_PAGE, 'utf8'), rows));
}
if (values.write && names.length === ALL.length) {
	const document = await readFile(RESULTS_PAGE, 'utf8');
	await writeFile(RESULTS_PAGE, updateResults(document, allRows, { isComplete: true }));
}
console.log(formatTable(allRows));
process.exit(0);
