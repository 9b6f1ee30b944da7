// `npm run verify`: checks format, lint, types and architecture in parallel, and prints the findings of every failed check.
import { spawn } from 'node:child_process';
import os from 'node:os';

/** Checks types with TypeScript's native compiler, in half the time. typescript-eslint still needs TypeScript 6. */
const TYPESCRIPT_7 = '--tsgo-experimental-api';

const CHECKS: Record<string, [string, ...string[]]> = {
	format: [
		'prettier',
		'--check',
		'--cache',
		'--cache-strategy',
		'content',
		'--log-level',
		'warn',
		'.',
	],
	types: ['svelte-check', '--tsconfig', './tsconfig.json', '--fail-on-warnings', TYPESCRIPT_7],
	lint: ['oxlint'],
	architecture: ['vitest', 'run', '--project', 'architecture'],
	'components and imports': ['eslint', '.'],
};

interface Result {
	isPassed: boolean;
	output: string;
}

function run([command, ...args]: [string, ...string[]]): Promise<Result> {
	return new Promise((resolve) => {
		const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		const append = (chunk: Buffer) => (output += chunk.toString());
		child.stdout.on('data', append);
		child.stderr.on('data', append);
		child.on('error', (error) => resolve({ isPassed: false, output: String(error) }));
		child.on('close', (code) => resolve({ isPassed: code === 0, output }));
	});
}

const synced = await run(['svelte-kit', 'sync']);
if (!synced.isPassed) {
	console.error(synced.output);
	process.exit(1);
}

const queue = Object.entries(CHECKS);
const failed: string[] = [];
async function work(): Promise<void> {
	for (let next = queue.shift(); next; next = queue.shift()) {
		const [name, command] = next;
		const startedAt = performance.now();
		const { isPassed, output } = await run(command);
		console.log(
			`${isPassed ? '✓' : '✗'} ${name} (${Math.round((performance.now() - startedAt) / 1000)} s)`,
		);
		if (isPassed) continue;
		failed.push(name);
		console.log(output);
	}
}
await Promise.all(Array.from({ length: Math.max(2, os.availableParallelism()) }, work));
if (failed.length > 0) {
	console.error(`Failed: ${failed.join(', ')}`);
	process.exit(1);
}
