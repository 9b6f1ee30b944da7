// `npm run test:postgres`: what a database may have a say in, on the server that DATABASE_URL names.
import { spawnSync } from 'node:child_process';
import './check-node.ts';

if (!process.env['DATABASE_URL']) {
	console.error(
		'Set DATABASE_URL to a Postgres server whose user may create databases, for example\n' +
			'  DATABASE_URL=postgres://postgres@localhost/postgres npm run test:postgres',
	);
	process.exit(1);
}
const run = spawnSync(
	'vitest',
	[
		'run',
		...['--project', 'database', '--project', 'process'],
		...[
			'scripts/bench/**',
			'tests/faults/ai-webhook*',
			'tests/faults/sigterm*',
			// Starts and ends a Postgres of its own.
			'tests/faults/postgres-away*',
			'src/lib/server/core/db/embedded/**',
		].flatMap((files) => ['--exclude', files]),
		...process.argv.slice(2),
	],
	{ stdio: 'inherit' },
);
process.exit(run.status ?? 1);
