import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
	interface ProvidedContext {
		/** The folder of n8n, or why the installation failed. */
		n8n: { folder: string } | { why: string };
	}
}

/** The version that docs/n8n.md describes. */
const VERSION = '2.41.1';

/** Installs n8n from npm once, into a folder outside of the checkout. Takes minutes and about 3 GB. */
export default function setup(project: TestProject): void {
	const cache = path.join(os.homedir(), '.cache/frontdesk', `n8n-${VERSION}`);
	const folder = process.env['N8N_TEST_FOLDER'] ?? cache;
	const installed = install(folder);
	// Makes sure that a run without n8n isn't mistaken for one with it.
	if ('why' in installed) console.warn(`Skipping all n8n tests: ${installed.why}`);
	project.provide('n8n', installed);
}

function install(folder: string): { folder: string } | { why: string } {
	const mark = path.join(folder, `.installed-${VERSION}`);
	if (existsSync(mark)) return { folder };
	mkdirSync(folder, { recursive: true });
	// Only SQLite needs compiling: AI nodes load it. Other native modules belong to nodes that no test uses.
	const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
	for (const words of [
		['install', ...quiet, `n8n@${VERSION}`],
		['rebuild', 'sqlite3', '--loglevel=error'],
	]) {
		const npm = spawnSync('npm', [...words, '--prefix', folder], {
			cwd: folder,
			encoding: 'utf8',
			timeout: 900_000,
		});
		if (npm.status === 0) continue;
		const output = npm.error?.message ?? npm.stderr.trim().split('\n').slice(0, 3).join(' ');
		return { why: `npm could not ${words[0]} n8n ${VERSION}: ${output}` };
	}
	writeFileSync(mark, '');
	return { folder };
}
