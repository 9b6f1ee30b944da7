// `npm run build`: builds the widget into widget/dist/, then pages and server into build/.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digestSources, stampBuild } from './build-stamp.ts';

const STEPS: [name: string, command: string, ...args: string[]][] = [
	['types', 'svelte-kit', 'sync'],
	['widget', 'vite', 'build', '--config', 'widget/vite.config.ts', '--logLevel', 'warn'],
	['pages and server', 'vite', 'build', '--logLevel', 'warn'],
];

/** Builds and prints a line per step. Prints a failed step's output and returns false. */
export function build(): boolean {
	rmSync('build/sources.sha256', { force: true });
	const digest = digestSources();
	const { NODE_ENV: _, ...env } = process.env;
	for (const [name, command, ...args] of STEPS) {
		process.stdout.write(`  ${name} … `);
		const startedAt = performance.now();
		const result = spawnSync(`node_modules/.bin/${command}`, args, {
			encoding: 'utf8',
			maxBuffer: 64 * 1024 * 1024,
			env,
		});
		if (result.status !== 0) {
			console.error(`failed\n${result.stdout}${result.stderr}`);
			return false;
		}
		console.log(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
	}
	stampBuild(digest);
	return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
