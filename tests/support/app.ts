import { afterAll, beforeAll } from 'vitest';
import { createApp } from '#lib/server/create-app.ts';
import { readConfig } from '#lib/server/core/config.ts';
import { createSystemContext, type Actor, type App, type Ctx } from '#lib/server/core/context.ts';
import { ensureDefaultSite } from '#lib/server/sites/unchecked.ts';
import { createTestDatabase } from './database.ts';

export interface TestApp {
	/** Set before the file's first test, like `databaseUrl`. */
	app: App;
	databaseUrl: string;
	/** Creates a context for this actor, by default the system. */
	ctx(actor?: Actor): Ctx;
	/** Moves the App's clock forward. */
	advance(ms: number): void;
}

/** Creates an App on its own database, with the site `default`, for one test file. Call it at the top of the file. */
export function useTestApp(environment: Record<string, string> = {}): TestApp {
	let offset = 0;
	let close: () => Promise<void> = () => Promise.resolve();
	const test = {
		ctx: (actor?: Actor) => ({ ...createSystemContext(test.app), ...(actor ? { actor } : {}) }),
		advance: (ms: number) => {
			offset += ms;
		},
	} as TestApp;
	beforeAll(async () => {
		const database = await createTestDatabase();
		const config = readConfig({
			NODE_ENV: 'test',
			LOG_LEVEL: 'silent',
			DATABASE_URL: database.url,
			...environment,
		});
		const created = createApp({
			config,
			databaseUrl: database.url,
			secretKey: 'a secret key for tests only',
			clock: () => new Date(Date.now() + offset),
		});
		test.app = created.app;
		test.databaseUrl = database.url;
		await ensureDefaultSite(createSystemContext(created.app));
		close = async () => {
			await created.close();
			await database.drop();
		};
	});
	afterAll(() => close());
	return test;
}
