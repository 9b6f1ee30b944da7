import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { vi } from 'vitest';
import { findFreePort } from '../support/process.ts';

export interface WordPress {
	url: string;
	/** Runs PHP with WordPress loaded. Returns its output. */
	run(code: string): string;
	/** Installs PHP as a must-use plugin, which runs on every page. */
	use(name: string, php: string): void;
	stop(): Promise<void>;
}

const SOURCE = '/usr/share/wordpress';
const HERE = 'tests/wordpress';
const isRoot = userInfo().uid === 0;

/** Starts Debian's WordPress on its own MariaDB, with the downloaded plugin. Requires the packages in docs/wordpress.md. */
export async function startWordPress(plugin: Uint8Array): Promise<WordPress> {
	const folder = mkdtempSync(path.join(tmpdir(), 'frontdesk-wordpress-'));
	const root = path.join(folder, 'www');
	const database = await startMariaDb(folder);
	cpSync(SOURCE, root, { recursive: true, dereference: true });
	unpack(plugin, path.join(root, 'wp-content/plugins'));
	// Without it, the 404 for browsers' requests would count as an error of the page.
	writeFileSync(path.join(root, 'favicon.ico'), '');
	const port = await findFreePort();
	const url = `http://127.0.0.1:${port}`;
	writeFileSync(path.join(root, 'wp-config.php'), createConfig(url, database.socket));
	const php = (...args: string[]) => execFileSync('php', args, { cwd: root, encoding: 'utf8' });
	php(path.resolve(HERE, 'install.php'));
	const server = spawn('php', ['-S', `127.0.0.1:${port}`, '-t', root], {
		stdio: 'ignore',
		// Pages request wp-cron and styles while they are rendered.
		env: { ...process.env, PHP_CLI_SERVER_WORKERS: '4' },
		// A separate process group, because the workers outlive their server.
		detached: true,
	});
	await vi.waitFor(() => fetch(url), 30_000);
	return {
		url,
		run: (code) =>
			php(
				'-r',
				`require 'wp-load.php'; require_once ABSPATH . 'wp-admin/includes/plugin.php'; ${code}`,
			),
		use(name, text) {
			const plugins = path.join(root, 'wp-content/mu-plugins');
			mkdirSync(plugins, { recursive: true });
			writeFileSync(path.join(plugins, `${name}.php`), text);
		},
		async stop() {
			if (server.pid !== undefined) process.kill(-server.pid);
			await end(server);
			await end(database.server);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function startMariaDb(folder: string) {
	const data = path.join(folder, 'data');
	const socket = path.join(folder, 'socket');
	// MariaDB refuses to run as root without this option.
	const account = isRoot ? ['--user=root'] : [];
	execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, ...account], {
		stdio: 'ignore',
	});
	chmodSync(folder, 0o755);
	const options = [
		`--datadir=${data}`,
		`--socket=${socket}`,
		'--skip-networking',
		'--skip-grant-tables',
	];
	const server = spawn('mariadbd', ['--no-defaults', ...options, ...account], { stdio: 'ignore' });
	const ask = (sql: string) =>
		execFileSync('mariadb', ['--no-defaults', `--socket=${socket}`, '-e', sql], {
			stdio: 'ignore',
		});
	await vi.waitFor(() => ask('create database if not exists wordpress'), 30_000);
	return { server, socket };
}

function unpack(plugin: Uint8Array, plugins: string): void {
	for (const [name, bytes] of Object.entries(unzipSync(plugin))) {
		mkdirSync(path.dirname(path.join(plugins, name)), { recursive: true });
		writeFileSync(path.join(plugins, name), bytes);
	}
}

const createConfig = (url: string, socket: string) => `<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:${socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'WP_HOME', '${url}' );
define( 'WP_SITEURL', '${url}' );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'DISABLE_WP_CRON', true );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
`;

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null) return;
	child.kill();
	await once(child, 'exit');
}
