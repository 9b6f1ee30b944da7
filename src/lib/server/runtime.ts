import { readFile } from 'node:fs/promises';
import type {
	IncomingMessage,
	Server as HttpServer,
	ServerOptions,
	ServerResponse,
} from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createApi } from './api/index.ts';
import { createApp } from './create-app.ts';
import { ensureFirstAdmin } from './team/auth/unchecked.ts';
import { readConfig } from './core/config.ts';
import { createSystemContext, type App } from './core/context.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './core/db/embedded/index.ts';
import { createDatabaseClock } from './core/db/clock.ts';
import { detectConnectionMode, DIRECT } from './core/db/connection-mode.ts';
import { migrateDatabase } from './core/db/migrate.ts';
import { createWriteCheck } from './core/db/health.ts';
import { guardServer, SERVER_OPTIONS } from './core/http-guard/index.ts';
import { loadSecretKey, recordServerUrl } from './core/data-dir.ts';
import { JOBS, startJobs } from './jobs/index.ts';
import { createRealtime } from './realtime/index.ts';
import { ensureDefaultSite } from './sites/unchecked.ts';
import { ensureVapidKeys } from './delivery/notifications/unchecked.ts';
import { ensureDefaultEndpoint } from './delivery/webhooks/unchecked.ts';

/** The singletons of a process, shared by pages, API and sockets. */
export interface Runtime {
	app: App;
	/** The link for creating the first admin; null once there is one. */
	setupUrl: string | null;
	/** The options for `createServer`, such as connection timeouts. */
	serverOptions: ServerOptions;
	isApiPath(url: string): boolean;
	apiListener(request: IncomingMessage, response: ServerResponse): void;
	attach(server: HttpServer, options?: { isShared: boolean }): void;
	/** Accepts no new work, and lets streaming replies finish or stores their partial text. Takes at most about 8 s. */
	stop(options?: { keepDatabase: boolean }): Promise<void>;
}

// Stored on `globalThis`, because Vite may load this module more than once and the production entry point is outside the bundle.
const RUNTIME = Symbol.for('frontdesk.runtime');
const EMBEDDED = Symbol.for('frontdesk.embedded');
const slots = globalThis as {
	[RUNTIME]?: Promise<Runtime>;
	[EMBEDDED]?: Promise<EmbeddedPostgres>;
};

let current: Runtime | undefined;

const API_PATH = /^\/(api(\/|\?|$)|(healthz|readyz|metrics)(\?|$))/;
const DRAIN_MS = 6_000;

/** Starts the runtime of this process; further calls return the same one. Throws StartupError. */
export function startRuntime(): Promise<Runtime> {
	slots[RUNTIME] ??= start();
	return slots[RUNTIME].then((runtime) => (current = runtime));
}

/** Returns the runtime that `startRuntime` created; throws before that. */
export function getRuntime(): Runtime {
	if (!current) throw new Error('the runtime has not been started');
	return current;
}

async function start(): Promise<Runtime> {
	const config = readConfig(process.env);
	const embedded = config.databaseUrl ? undefined : await startDatabase(config.dataDir);
	const secretKey = await loadSecretKey(config);
	const databaseUrl = config.databaseUrl ?? embedded?.connectionString ?? '';
	const connectionMode = await detectConnectionMode(databaseUrl);
	await migrateDatabase(databaseUrl, 'drizzle', { log: (line) => console.error(line) });
	const clock = createDatabaseClock();
	const { app, close } = createApp({
		config,
		databaseUrl,
		connectionMode,
		secretKey,
		clock: clock.now,
	});
	await clock.startSync(app.db, app.log);
	if (connectionMode !== DIRECT) {
		app.log.info({ connection_mode: connectionMode }, 'the database is behind a pooler');
	}
	for (const name of config.guessableSecrets) {
		app.log.warn({ name }, 'this secret is so short that others could guess it');
	}
	const ctx = createSystemContext(app);
	await ensureDefaultSite(ctx);
	await ensureDefaultEndpoint(ctx);
	await ensureVapidKeys(ctx);
	const { setupUrl } = await ensureFirstAdmin(app);
	app.turns.start();
	await app.turns.limits.waitForShare();
	const realtime = await createRealtime(app);
	const jobs = startJobs(app, JOBS);
	const canWrite = createWriteCheck(app.db, app.exhaustion);
	const checkReadiness = async () => {
		const database = (await canWrite()) && app.messageWriter.isStoring;
		return { database, redis: realtime.isReady() };
	};
	app.metrics.setBuild(await readVersion());
	app.metrics.watchDisk(config.dataDir);
	if (config.redisUrl !== undefined) app.metrics.watchRelay(realtime.isReady);
	const api = createApi(app, { checkReadiness });
	// The guard drains bodies that no one has read.
	const listener = getRequestListener(api.fetch, { autoCleanupIncoming: false });
	let removeGuard: (() => void) | undefined;
	let forgetUrl = () => {};
	return {
		app,
		setupUrl,
		serverOptions: SERVER_OPTIONS,
		isApiPath: (url) => API_PATH.test(url),
		apiListener: (request, response) => void listener(request, response),
		attach(server, options) {
			realtime.attach(server, options);
			// In development, the server is Vite's, which has its own listeners.
			if (!options?.isShared) removeGuard = guardServer(app, server);
			server.once('listening', () => {
				forgetUrl = recordServerUrl(config.dataDir, config.publicUrl);
			});
		},
		async stop({ keepDatabase } = { keepDatabase: false }) {
			delete slots[RUNTIME];
			forgetUrl();
			await Promise.all([app.turns.drain(DRAIN_MS), jobs.stop()]);
			clock.stop();
			await realtime.close();
			removeGuard?.();
			await close();
			if (!keepDatabase) {
				await embedded?.stop();
				delete slots[EMBEDDED];
			}
		},
	};
}

async function readVersion(): Promise<string> {
	const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
	return version;
}

function startDatabase(dataDir: string): Promise<EmbeddedPostgres> {
	slots[EMBEDDED] ??= startEmbeddedPostgres({
		dataDir,
		log: (line) => process.stderr.write(`${line}\n`),
	});
	return slots[EMBEDDED];
}
