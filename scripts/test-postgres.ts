// `npm run test:postgres [-- vitest options]`: runs the database tests on the server at DATABASE_URL, or on a temporary
// cluster of the Postgres installed from Debian's packages.
import { spawnSync } from 'node:child_process';
import { findInstalledPostgres, startInstalledPostgres } from './installed-postgres.ts';

if (process.argv.includes('--help')) {
	console.log(
		'npm run test:postgres -- [vitest options]\nRuns on the server at DATABASE_URL, or on a temporary cluster of the installed Postgres.',
	);
	process.exit(0);
}
const databaseUrl = process.env['DATABASE_URL'];
const binFolder = findInstalledPostgres();
if (!databaseUrl && !binFolder) {
	console.error(
		'Install Postgres (apt-get install postgresql), or set DATABASE_URL to a server on which you can create databases:\n' +
			'  DATABASE_URL=postgres://postgres@localhost/postgres npm run test:postgres',
	);
	process.exit(1);
}
const temporary = databaseUrl ? undefined : await startInstalledPostgres(binFolder ?? '');
const run = spawnSync('vitest', ['run', '--project', 'database', ...process.argv.slice(2)], {
	stdio: 'inherit',
	env: { ...process.env, DATABASE_URL: databaseUrl ?? temporary?.url },
});
temporary?.stop();
process.exit(run.status ?? 1);
