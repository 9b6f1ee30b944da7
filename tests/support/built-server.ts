import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { useBrowser } from './browser.ts';
import { createTestDatabase } from './database.ts';
import { runSql } from './database-server.ts';
import { startServer, type ServerProcess } from './process.ts';
import { ADMIN, ADMIN_ENVIRONMENT, callApi } from './server-api.ts';

/** An agent with the admin's password, for tests of two people. */
export const COLLEAGUE = { email: 'grace@example.com', name: 'Grace Hopper' };

type Environment = Record<string, string>;

export interface BuiltServer {
	/** Set before the file's first test, like `databaseUrl`. */
	url: string;
	databaseUrl: string;
	process: ServerProcess;
	/** Runs SQL on the server's database. */
	query(sql: string): Promise<void>;
	/** Calls the API with the full-access key, for example `call('GET', 'sites')`. */
	call<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
}

/**
 * Starts the built server with an admin, on its own database, for one test file. Pass a function when the environment
 * contains addresses that are only known once other fixtures have started.
 */
export function useBuiltServer(environment: Environment | (() => Environment) = {}): BuiltServer {
	let drop: () => Promise<void>;
	const server = {
		query: (sql: string) => runSql(server.databaseUrl, sql),
		call: (method: string, path: string, body?: unknown) => callApi(server.url, method, path, body),
	} as BuiltServer;
	beforeAll(async () => {
		const database = await createTestDatabase();
		drop = () => database.drop();
		server.databaseUrl = database.url;
		server.process = await startServer({
			DATABASE_URL: database.url,
			...ADMIN_ENVIRONMENT,
			...(typeof environment === 'function' ? environment() : environment),
		});
		server.url = server.process.url;
	});
	afterAll(async () => {
		await server.process.stop();
		await drop();
	});
	return server;
}

/** A built server with an admin and a colleague, and a way to open its pages signed in. */
export function useDashboard(
	browser: ReturnType<typeof useBrowser>,
	environment: Environment | (() => Environment) = {},
) {
	const server = useBuiltServer(environment);
	beforeAll(() =>
		server.query(`insert into users (email, name, role, password_hash)
			select '${COLLEAGUE.email}', '${COLLEAGUE.name}', 'agent', password_hash from users`),
	);
	return Object.assign(server, {
		/** Opens a page of the dashboard, as the admin by default, and waits until it responds to input. */
		open(
			path: string,
			options?: BrowserContextOptions,
			email: string = ADMIN.email,
			expectedErrors?: RegExp,
		): Promise<Page> {
			return browser.openSignedIn(server.url + path, options, { ...ADMIN, email }, expectedErrors);
		},
	});
}
