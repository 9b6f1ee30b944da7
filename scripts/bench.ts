// `npm run bench [-- name …] [--write]`: measures, prints the ratios, and writes them to docs/benchmarks.md when asked.
import { readFile, writeFile } from 'node:fs/promises';
import { describeMeasured } from './bench/bench';
import { connections } from './bench/connections';
import { tableOf, withMeasured } from './bench/document';
import { inbox } from './bench/inbox';
import { inboxLive } from './bench/inbox-live';
import { messagePath } from './bench/message-path';
import { start } from './bench/start';
import { statisticsBench } from './bench/statistics';
import { turn } from './bench/turn';
import { widgetBench } from './bench/widget';
import setupBuild from '../tests/support/build';
import './check-node';

const DOCUMENT = 'docs/benchmarks.md';
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 5);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SESSIONS = Number(process.env['BENCH_SESSIONS'] ?? 100_000);
const BENCHES = [
	messagePath,
	turn,
	connections,
	start,
	statisticsBench,
	inbox,
	inboxLive,
	widgetBench,
];

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isWritten = process.argv.includes('--write');

setupBuild();
const measured: string[] = [];
for (const bench of BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))) {
	console.error(`${bench.name} …`);
	const figures = await bench.run({ seconds: SECONDS, rounds: ROUNDS, sessions: SESSIONS });
	const rows = figures.map((figure) => describeMeasured(figure, new Date()));
	measured.push(...rows);
	// At once, so that a later bench that fails takes nothing with it.
	if (isWritten) await writeFile(DOCUMENT, withMeasured(await readFile(DOCUMENT, 'utf8'), rows));
}
console.log(tableOf(measured));
process.exit(0);
