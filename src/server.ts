// The production entry: one HTTP server for pages, API and Socket.IO. All application modules are in the built handler, and
// this file imports none of them, so that no module is loaded twice.
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { announcement, describeListenError } from './messages.ts';
import type { Runtime } from './lib/server/runtime.ts';

const STOP_TIMEOUT_MS = 9_500;
/** Long enough for the first run of each job. */
const GC_DELAY_MS = 2_000;

interface Handler {
	handler(request: unknown, response: unknown): void;
}

async function main(): Promise<void> {
	// Registered first, because a signal during startup must not leave the database running.
	const stopRequested = new Promise<void>((resolve) => {
		// The handlers stay registered, because a second Ctrl-C must not kill the process while it drains.
		for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
	});
	const { handler } = (await import(
		new URL('../build/handler.js', import.meta.url).href
	)) as Handler;
	const runtimePromise = (globalThis as { [key: symbol]: unknown })[
		Symbol.for('frontdesk.runtime')
	];
	const runtime = await (runtimePromise as Promise<Runtime>);
	const isDeleted = createDeletedCheck();
	const server = createServer(runtime.serverOptions, (request, response) => {
		const url = request.url ?? '/';
		if (runtime.isApiPath(url)) runtime.apiListener(request, response);
		else if (isDeleted(url)) response.writeHead(404).end();
		else handler(request, response);
	});
	runtime.attach(server);
	const { host, port, publicUrl } = runtime.app.config;
	server.once('error', (error: NodeJS.ErrnoException) => {
		fail(describeListenError(error, host, port), runtime);
	});
	server.listen(port, host, () => console.log(announcement(publicUrl, runtime.setupUrl)));
	setTimeout(collectGarbage, GC_DELAY_MS).unref();
	await stopRequested;
	await stop(server, runtime);
}

/**
 * Returns a function that checks whether a built file has been deleted, for example by a new build in the same folder.
 * The handler opens files without checking, and the error would crash the process.
 */
function createDeletedCheck(): (url: string) => boolean {
	const folder = path.join(import.meta.dirname, '../build/client');
	const files = new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }));
	return (url) => {
		const file = url.slice(1).split('?', 1)[0] ?? '';
		return files.has(file) && !existsSync(path.join(folder, file));
	};
}

/**
 * Frees the memory that only startup needed, about a quarter of the total, which V8 would otherwise keep while the server
 * is idle. Takes less than 100 ms.
 */
function collectGarbage(): void {
	setFlagsFromString('--expose-gc');
	const gc = runInNewContext('gc') as (options: object) => void;
	gc({ type: 'major', flavor: 'last-resort' });
}

async function stop(server: ReturnType<typeof createServer>, runtime: Runtime): Promise<void> {
	setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
	server.close();
	server.closeIdleConnections();
	await runtime.stop();
	process.exit(0);
}

function fail(message: string, runtime?: Runtime): void {
	console.error(message);
	process.exitCode = 1;
	setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
	void Promise.resolve(runtime?.stop()).finally(() => process.exit(1));
}

main().catch((error: unknown) => {
	const isExpected = error instanceof Error && error.name === 'StartupError';
	fail(
		isExpected
			? error.message
			: error instanceof Error
				? (error.stack ?? error.message)
				: String(error),
	);
});
