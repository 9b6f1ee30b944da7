import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { API_KEY } from './api-key.ts';
import { DESKTOP, type useBrowser } from './browser.ts';
import { createTestDatabase } from './database.ts';
import { run } from './database-server.ts';
import { startServer, type ServerProcess } from './process.ts';
import { ADMIN } from './sign-in.ts';

/** An agent with the admin's password, for what two people do. */
export const COLLEAGUE = { email: 'grace@example.com', name: 'Grace Hopper' };

/** The built server with an admin and a colleague, for one test file of pages. */
export function useTeamServer(browser: ReturnType<typeof useBrowser>) {
	let server: ServerProcess;
	let databaseUrl: string;
	let drop: () => Promise<void>;
	beforeAll(async () => {
		const database = await createTestDatabase();
		databaseUrl = database.url;
		drop = () => database.drop();
		server = await startServer({
			DATABASE_URL: database.url,
			ADMIN_EMAIL: ADMIN.email,
			ADMIN_PASSWORD: ADMIN.password,
		});
		await query(`insert into users (email, name, role, password_hash)
			select '${COLLEAGUE.email}', '${COLLEAGUE.name}', 'agent', password_hash from users`);
	});
	afterAll(async () => {
		await server.stop();
		await drop();
	});
	const query = (sql: string) => run(databaseUrl, sql);
	return {
		query,
		/** Asks the API with the full-access key. */
		async call(method: string, path: string, body?: unknown): Promise<unknown> {
			const response = await fetch(server.url + path, {
				method,
				headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
				body: body === undefined ? undefined : JSON.stringify(body),
			});
			expect(response.ok).toBe(true);
			return response.status === 204 ? undefined : response.json();
		},
		/** A page of the dashboard, signed in. */
		async open(
			path: string,
			options: BrowserContextOptions = DESKTOP,
			email: string = ADMIN.email,
			expected?: RegExp,
		): Promise<Page> {
			return browser.openSignedIn(server.url + path, options, { ...ADMIN, email }, expected);
		},
	};
}
