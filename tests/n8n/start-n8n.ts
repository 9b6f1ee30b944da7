import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inject, vi } from 'vitest';
import { z } from 'zod';
import { collectOutput } from '../support/child-process.ts';
import { runSql, withDatabase } from '../support/database-server.ts';
import { findFreePort } from '../support/process.ts';
import { createEditor, type Editor } from './editor.ts';

export interface N8n extends Editor {
	url: string;
	/** Runs a command of n8n's CLI, such as `import:workflow`. Returns its output. */
	command(...args: string[]): Promise<string>;
	/** Returns the credential of n8n's Postgres nodes for a database. */
	createPostgresCredential(databaseUrl: string): Record<string, unknown>;
	stop(): Promise<void>;
}

/** Starts a real n8n on a free port, with its own database and data folder, and signs in its owner. */
export async function startN8n(folder: string): Promise<N8n> {
	const data = mkdtempSync(path.join(os.tmpdir(), 'frontdesk-n8n-'));
	const server = inject('databaseServer');
	const database = `n8n_${randomBytes(6).toString('hex')}`;
	await runSql(withDatabase(server, 'postgres'), `create database ${database}`);
	const [port, broker] = [await findFreePort(), await findFreePort()];
	const url = `http://127.0.0.1:${port}`;
	const environment = { ...SETTINGS, ...postgres(withDatabase(server, database)), HOME: data };
	const start = (args: string[], ownBroker: number) =>
		spawn(path.resolve('node_modules/.bin/node'), ['node_modules/n8n/bin/n8n', ...args], {
			cwd: folder,
			env: {
				PATH: process.env['PATH'] ?? '',
				...environment,
				N8N_PORT: String(port),
				N8N_RUNNERS_BROKER_PORT: String(ownBroker),
			},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	const child = start(['start'], broker);
	const readOutput = collectOutput(child);
	const exited = once(child, 'exit');
	const editor = await vi
		.waitFor(() => createEditor(url), { timeout: 400_000, interval: 500 })
		.catch((error: unknown) => {
			child.kill('SIGKILL');
			throw new Error(`n8n did not start: ${String(error)}\n${readOutput().slice(-4000)}`);
		});
	return {
		...editor,
		url,
		async command(...args) {
			const process = start(args, await findFreePort());
			const readOutput = collectOutput(process);
			await once(process, 'exit');
			return readOutput();
		},
		createPostgresCredential: (databaseUrl) => {
			const { host, port: at, user, password, database: name } = parseDatabaseUrl(databaseUrl);
			return { host, port: at, user, password, database: name, ssl: 'disable' };
		},
		async stop() {
			child.kill('SIGTERM');
			await exited;
			const drop = `drop database if exists ${database} with (force)`;
			await runSql(withDatabase(server, 'postgres'), drop);
			rmSync(data, { recursive: true, force: true });
		},
	};
}

/** Disables telemetry, and listens only on loopback. */
const SETTINGS = {
	N8N_LISTEN_ADDRESS: '127.0.0.1',
	N8N_HOST: '127.0.0.1',
	N8N_ENCRYPTION_KEY: 'a key for tests only',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_SECURE_COOKIE: 'false',
};

function postgres(databaseUrl: string): Record<string, string> {
	const { host, port, user, password, database } = parseDatabaseUrl(databaseUrl);
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: host,
		DB_POSTGRESDB_PORT: String(port),
		DB_POSTGRESDB_USER: user,
		DB_POSTGRESDB_PASSWORD: password,
		DB_POSTGRESDB_DATABASE: database,
	};
}

const parts = z.object({
	/** A host name, or the folder of a Unix socket. */
	host: z.string(),
	port: z.number(),
	user: z.string(),
	password: z.string(),
	database: z.string(),
});

function parseDatabaseUrl(databaseUrl: string): z.infer<typeof parts> {
	const url = new URL(databaseUrl);
	return parts.parse({
		host: url.searchParams.get('host') ?? url.hostname,
		port: Number(url.port || 5432),
		user: decodeURIComponent(url.username),
		password: decodeURIComponent(url.password),
		database: url.pathname.slice(1),
	});
}
