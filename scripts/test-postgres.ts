// `npm run test:postgres [-- vitest options]`: the tests that touch a database, on the server that DATABASE_URL names,
// else on a temporary cluster of the Postgres that Debian's packages installed.
import { spawnSync } from 'node:child_process';
import { findInstalledPostgres, startInstalledPostgres } from './installed-postgres.ts';

if (process.argv.includes('--help')) {
	console.log(
		'npm run test:postgres -- [vitest options]\nDATABASE_URL names the server; without it a temporary one of the installed Postgres is used.',
	);
	process.exit(0);
}
const given = process.env['DATABASE_URL'];
const programs = findInstalledPostgres();
if (!given && !programs) {
	console.error(
		'Install Postgres (apt-get install postgresql), or set DATABASE_URL to a server whose user may create databases:\n' +
			'  DATABASE_URL=postgres://postgres@localhost/postgres npm run test:postgres',
	);
	process.exit(1);
}
const started = given ? undefined : await startInstalledPostgres(programs ?? '');
const run = spawnSync('vitest', ['run', '--project', 'database', ...process.argv.slice(2)], {
	stdio: 'inherit',
	env: { ...process.env, DATABASE_URL: given ?? started?.url },
});
started?.stop();
process.exit(run.status ?? 1);
