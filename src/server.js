// The production entry: one HTTP server for pages, API and Socket.IO. All application modules are in the built handler, and
// this file imports none of them, so that no module is loaded twice. JavaScript, because removing types takes Node 10 MB.
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { announcement, describeListenError } from './messages.js';

/** @typedef {import('./lib/server/runtime.ts').Runtime} Runtime */

const STOP_TIMEOUT_MS = 9_500;
/** Long enough for the first run of each job. */
const GC_DELAY_MS = 2_000;

async function main() {
	// Registered first, because a signal during startup must not leave the database running.
	const stopRequested = new Promise((resolve) => {
		// The handlers stay registered, because a second Ctrl-C must not kill the process while it drains.
		for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, resolve);
	});
	// Spares later starts the compilation. Without effect in a folder that can't be written.
	enableCompileCache(path.join(import.meta.dirname, '../build/compile-cache'));
	const { handler } = /** @type {{ handler(request: unknown, response: unknown): void }} */ (
		await import(new URL('../build/handler.js', import.meta.url).href)
	);
	const globals = /** @type {{ [key: symbol]: unknown }} */ (globalThis);
	const runtime = await /** @type {Promise<Runtime>} */ (globals[Symbol.for('frontdesk.runtime')]);
	// A fault in one request must not end the chats of all others.
	process.on('unhandledRejection', (err) => {
		runtime.app.log.error({ err }, 'an error was not handled');
	});
	const isDeleted = createDeletedCheck();
	const server = createServer(runtime.serverOptions, (request, response) => {
		const url = request.url ?? '/';
		if (runtime.isApiPath(url)) runtime.apiListener(request, response);
		else if (isDeleted(url)) response.writeHead(404).end();
		else handler(request, response);
	});
	runtime.attach(server);
	const { host, port, publicUrl } = runtime.app.config;
	server.once('error', (error) => {
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
 * @returns {(url: string) => boolean}
 */
function createDeletedCheck() {
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
function collectGarbage() {
	setFlagsFromString('--expose-gc');
	const gc = /** @type {(options: object) => void} */ (runInNewContext('gc'));
	gc({ type: 'major', flavor: 'last-resort' });
}

/**
 * @param {import('node:http').Server} server
 * @param {Runtime} runtime
 */
async function stop(server, runtime) {
	setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
	server.close();
	server.closeIdleConnections();
	await runtime.stop();
	process.exit(0);
}

/**
 * @param {string} message
 * @param {Runtime} [runtime]
 */
function fail(message, runtime) {
	console.error(message);
	process.exitCode = 1;
	setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
	void Promise.resolve(runtime?.stop()).finally(() => process.exit(1));
}

main().catch((/** @type {unknown} */ error) => {
	const isExpected = error instanceof Error && error.name === 'StartupError';
	fail(
		isExpected
			? error.message
			: error instanceof Error
				? (error.stack ?? error.message)
				: String(error),
	);
});
