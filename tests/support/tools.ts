import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';
import { findInstalledPostgres } from '../../scripts/installed-postgres.ts';

/** Programs that some tests run, with the Debian package that provides each. */
const PACKAGES = {
	'redis-server': 'redis-server',
	nginx: 'nginx-light',
	caddy: 'caddy',
	haproxy: 'haproxy',
	apache2: 'apache2',
	pgbouncer: 'pgbouncer',
	php: 'php-cli',
	/** The server from Debian's packages, which has all other programs in its folder. */
	postgres: 'postgresql',
	/** The whole browser: push messages and installing don't work in the headless one. */
	chromium: 'chromium',
} as const;
type Tool = keyof typeof PACKAGES;

/** Returns the program's path; `undefined` where it isn't installed. */
export const findTool = (tool: Tool): string | undefined =>
	listFolders(tool)
		.map((folder) => path.join(folder, tool))
		.find((file) => existsSync(file));

function listFolders(tool: Tool): string[] {
	if (tool === 'postgres') return [findInstalledPostgres() ?? ''];
	return [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
}

/** Describes tests that need a program. Without it they are skipped, and the name says what to install. */
export function describeWith(tool: Tool, name: string, tests: () => void): void {
	if (findTool(tool)) describe(name, tests);
	else describe.skip(`${name} (needs ${tool}: apt-get install ${PACKAGES[tool]})`, tests);
}
