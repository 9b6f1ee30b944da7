// `npm run test:postgres`: the whole test suite on the server that DATABASE_URL names.
import { spawnSync } from 'node:child_process';
import './check-node.ts';

if (!process.env['DATABASE_URL']) {
	console.error(
		'Set DATABASE_URL to a Postgres server whose user may create databases, for example\n' +
			'  DATABASE_URL=postgres://postgres@localhost/postgres npm run test:postgres',
	);
	process.exit(1);
}
const run = spawnSync('vitest', ['run', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(run.status ?? 1);
