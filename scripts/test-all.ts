// `npm run test:all [-- --report file]`: runs every test on the embedded Postgres, database tests on an installed one, and
// WordPress tests if it is installed. Lists skipped tests, and ends with `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findInstalledPostgres } from './installed-postgres.ts';
import { readArguments } from './read-arguments.ts';

interface Report {
	numPassedTests: number;
	numFailedTests: number;
	numPendingTests: number;
	testResults: {
		name: string;
		status: string;
		message: string;
		assertionResults: { status: string }[];
	}[];
}

const USAGE = `npm run test:all -- [--report FILE]
  --report   write the numbers of passed, failed and skipped tests to this JSON file`;

const { values } = readArguments(USAGE, { report: { type: 'string' } });
const total = { passed: 0, failed: 0, skipped: 0 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'frontdesk-reports-'));

function run(name: string, command: string, ...args: string[]): void {
	console.log(`\n== ${name}`);
	const report = path.join(folder, `${name}.json`);
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
	const ended = spawnSync(command, [...args, ...reporters], { stdio: 'inherit' });
	if (!existsSync(report)) {
		total.failed += 1;
		return;
	}
	const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
		readFileSync(report, 'utf8'),
	) as Report;
	// A file that fails to load reports no failed test.
	const broken = testResults.filter(
		(file) =>
			file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
	).length;
	total.passed += numPassedTests;
	total.failed += numFailedTests + broken;
	total.skipped += numPendingTests;
	if (ended.status !== 0 && numFailedTests + broken === 0) total.failed += 1;
}

function skip(name: string, remedy: string): void {
	console.log(`\n== ${name} skipped: ${remedy}`);
	total.skipped += 1;
}

run('embedded Postgres', 'vitest', 'run', '--project', '!wordpress', '--project', '!n8n');
if (process.env['DATABASE_URL'] || findInstalledPostgres()) {
	run('installed Postgres', process.execPath, 'scripts/test-postgres.ts');
} else skip('installed Postgres', 'install it (apt-get install postgresql) or set DATABASE_URL');
if (existsSync('/usr/share/wordpress')) run('WordPress', 'vitest', 'run', '--project', 'wordpress');
else skip('WordPress', 'install it (docs/wordpress.md names the packages)');

rmSync(folder, { recursive: true, force: true });
if (values.report) writeFileSync(values.report, JSON.stringify(total));
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
