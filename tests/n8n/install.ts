import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
	interface ProvidedContext {
		/** Where n8n is installed, or why it could not be. */
		n8n: { folder: string } | { why: string };
	}
}

/** The one that docs/n8n.md was written with. */
const VERSION = '2.41.1';

/** Installs n8n from the npm registry, once, into a folder outside of the checkout: some 3 GB, in minutes. */
export default function setup(project: TestProject): void {
	const cache = path.join(os.homedir(), '.cache/frontdesk', `n8n-${VERSION}`);
	const folder = process.env['N8N_TEST_FOLDER'] ?? cache;
	const installed = install(folder);
	// Loud, so that nobody takes a run without n8n for one with it.
	if ('why' in installed) console.warn(`All tests on n8n are SKIPPED: ${installed.why}`);
	project.provide('n8n', installed);
}

function install(folder: string): { folder: string } | { why: string } {
	const mark = path.join(folder, `.installed-${VERSION}`);
	if (existsSync(mark)) return { folder };
	mkdirSync(folder, { recursive: true });
	// Of what would be compiled the nodes for an AI load SQLite; the rest is for nodes that no test uses.
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
		const said = npm.error?.message ?? npm.stderr.trim().split('\n').slice(0, 3).join(' ');
		return { why: `npm could not ${words[0]} n8n ${VERSION}: ${said}` };
	}
	writeFileSync(mark, '');
	return { folder };
}
