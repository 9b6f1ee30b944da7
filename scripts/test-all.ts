// `npm run test:all [-- --skip-thorough --report file]`: runs every test on the embedded Postgres, the database tests of
// `npm test` on an installed one, and the WordPress tests if WordPress is installed. With `--skip-thorough`, runs only the
// tests without the `thorough` tag, on the embedded Postgres. Lists skipped, failed and flaky tests, and ends with `N passed, N failed,
// N skipped`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
	closeSync,
	existsSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findInstalledPostgres } from './installed-postgres.ts';
import { readArguments } from './read-arguments.ts';

interface Report {
	numPassedTests: number;
	testResults: TestFile[];
}

interface TestFile {
	name: string;
	status: string;
	message: string;
	assertionResults: {
		status: string;
		fullName: string;
		failureMessages: string[];
		tags: string[];
	}[];
}

/** Leaves out the tests that take long. */
const TAGS_FILTER = '--tags-filter=!thorough';

/** If more files fail than this, the failures are probably not flaky, and no file is rerun. */
const MAX_RERUN_FILES = 4;

const USAGE = `npm run test:all -- [--skip-thorough] [--report FILE]
  --skip-thorough   leave out the tests tagged "thorough" and the second Postgres
  --report          write the numbers of passed, failed and skipped tests to this JSON file`;

const { values } = readArguments(USAGE, {
	'skip-thorough': { type: 'boolean' },
	report: { type: 'string' },
});
const skipsThorough = values['skip-thorough'] === true;
const total = { passed: 0, failed: 0, skipped: 0 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'frontdesk-reports-'));

const failures: string[] = [];
const flaky: string[] = [];

/** Runs tests and counts their results. Their output is printed immediately, or in one piece after `printAfter` has resolved. */
async function run(
	name: string,
	command: string,
	args: readonly string[],
	printAfter?: Promise<unknown>,
): Promise<void> {
	const first = await runOnce(name, command, args, printAfter);
	total.passed += first.passed;
	total.skipped += first.skipped;
	total.failed += first.failed.length;
	if (first.failed.length === 0) return;
	failures.push(...first.failed.map((failure) => `[${name}] ${failure}`));
	if (first.files.length === 0 || first.files.length > MAX_RERUN_FILES) return;
	// Reruns only the failed files. A test that passes now is listed as flaky.
	const second = await runOnce(`${name}, again`, command, [...args, ...first.files]);
	const failedFirst = new Set(first.failed.map(getFirstLine));
	const failedAgain = new Set(second.failed.map(getFirstLine));
	// After a new failure, such as a crash, the tests that passed this time prove nothing.
	if (!failedAgain.isSubsetOf(failedFirst)) return;
	const passedNow = first.failed.filter((failure) => !failedAgain.has(getFirstLine(failure)));
	for (const failure of passedNow) {
		const entry = `[${name}] ${failure}`;
		failures.splice(failures.indexOf(entry), 1);
		flaky.push(entry);
	}
	total.failed -= passedNow.length;
	total.passed += passedNow.length;
}

/** Returns the first line of an entry of `failed`, which names the test or the file. */
const getFirstLine = (failure: string) => failure.split('\n', 1)[0];

interface RunResult {
	passed: number;
	skipped: number;
	/** One entry per failed test or file, with its error messages. */
	failed: string[];
	/** Files to run again; empty if the run itself failed. */
	files: string[];
}

async function runOnce(
	name: string,
	command: string,
	args: readonly string[],
	printAfter?: Promise<unknown>,
): Promise<RunResult> {
	if (!printAfter) console.log(`\n== ${name}`);
	const output = path.join(folder, `${name}.json`);
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
	const log = path.join(folder, `${name}.log`);
	const logFile = printAfter ? openSync(log, 'w') : undefined;
	const child = spawn(command, [...args, ...reporters], {
		stdio: ['ignore', logFile ?? 'inherit', logFile ?? 'inherit'],
	});
	const [code] = (await once(child, 'close')) as [number | null];
	if (logFile !== undefined) {
		closeSync(logFile);
		await printAfter;
		console.log(`\n== ${name}\n${readFileSync(log, 'utf8')}`);
	}
	if (!existsSync(output)) {
		return { passed: 0, skipped: 0, failed: [`exited with code ${code}`], files: [] };
	}
	const report = JSON.parse(readFileSync(output, 'utf8')) as Report;
	const failedFiles = report.testResults.filter((file) => file.status === 'failed');
	const failed = failedFiles.flatMap(listFailures);
	// An error outside of tests fails the run, but no test.
	if (code !== 0 && failed.length === 0) failed.push(`exited with code ${code}`);
	return {
		passed: report.numPassedTests,
		skipped: countSkipped(report, args.includes(TAGS_FILTER)),
		failed,
		files: failedFiles.map((file) => path.relative(process.cwd(), file.name)),
	};
}

/** Counts the tests that skipped themselves, as opposed to those that the filter left out. */
const countSkipped = ({ testResults }: Report, isFiltered: boolean) =>
	testResults
		.flatMap(({ assertionResults }) => assertionResults)
		.filter(({ status }) => status === 'skipped' || status === 'pending')
		.filter(({ tags }) => !isFiltered || !tags.includes('thorough')).length;

function listFailures(file: TestFile): string[] {
	const name = path.relative(process.cwd(), file.name);
	const tests = file.assertionResults.filter((test) => test.status === 'failed');
	// A file that fails to load reports no failed test.
	if (tests.length === 0) return [`${name}\n${indent(file.message)}`];
	return tests.map(
		(test) => `${name} > ${test.fullName}\n${indent(test.failureMessages.join('\n'))}`,
	);
}

function indent(message: string): string {
	return message
		.split('\n')
		.filter((line) => !line.includes('node_modules'))
		.slice(0, 12)
		.map((line) => `    ${line}`)
		.join('\n');
}

function printList(heading: string, entries: readonly string[]): void {
	if (entries.length > 0) console.log(`\n== ${heading}\n${entries.join('\n')}`);
}

function skip(name: string, remedy: string): void {
	console.log(`\n== ${name} skipped: ${remedy}`);
	total.skipped += 1;
}

const embeddedRun = run('embedded Postgres', 'vitest', [
	'run',
	'--project',
	'!wordpress',
	'--project',
	'!n8n',
	...(skipsThorough ? [TAGS_FILTER] : []),
]);
if (skipsThorough) {
	await embeddedRun;
} else if (process.env['DATABASE_URL'] || findInstalledPostgres()) {
	// Runs both at once, because the tests with processes and browsers leave almost half of the processor time idle.
	const args = ['scripts/test-postgres.ts', TAGS_FILTER];
	await Promise.all([embeddedRun, run('installed Postgres', process.execPath, args, embeddedRun)]);
} else {
	await embeddedRun;
	skip('installed Postgres', 'install it (apt-get install postgresql) or set DATABASE_URL');
}
if (existsSync('/usr/share/wordpress')) {
	await run('WordPress', 'vitest', ['run', '--project', 'wordpress']);
} else skip('WordPress', 'install it (docs/wordpress.md lists the packages)');

rmSync(folder, { recursive: true, force: true });
if (values.report) writeFileSync(values.report, JSON.stringify(total));
printList('Flaky: failed, then passed when run again', flaky);
printList('Failed', failures);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
