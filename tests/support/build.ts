import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';

const BUILT = 'build/handler.js';

/** Builds when there is no build, or when a source is newer than it. */
export default function setup(): void {
	const sources = globSync([
		'src/**/*.{ts,svelte,css,html}',
		'widget/**/*.{ts,css}',
		'*.config.{js,ts}',
	]).filter((file) => !file.includes('.test.') && !file.includes('widget/dist'));
	const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
	if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newest) return;
	console.log('Building for the tests that start the server (half a minute) …');
	const { NODE_ENV: _, ...env } = process.env;
	const built = spawnSync('npm', ['run', 'build'], { encoding: 'utf8', env });
	if (built.status !== 0) throw new Error(`The build failed:\n${built.stdout}\n${built.stderr}`);
}
