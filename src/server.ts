// The production entry: one HTTP server for pages, API and Socket.IO. It imports no module of the application, which is
// all in the built handler, so that nothing exists twice.
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { announcement, describeListenError } from './messages.ts';
import type { Runtime } from './lib/server/runtime.ts';

const STOP_LIMIT_MS = 9_500;
/** The jobs have had their first run by then. */
const STARTED_MS = 2_000;

interface Handler {
	handler(request: unknown, response: unknown): void;
}

async function main(): Promise<void> {
	// Before anything is started: a signal in the midst of the start must not leave the database running.
	const asked = new Promise<void>((resolve) => {
		// Every signal is taken, not the first alone: a second Ctrl-C must not end the drain and leave the database running.
		for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
	});
	const { handler } = (await import(
		new URL('../build/handler.js', import.meta.url).href
	)) as Handler;
	const started = (globalThis as { [key: symbol]: unknown })[Symbol.for('frontdesk.runtime')];
	const runtime = await (started as Promise<Runtime>);
	const isGone = watchFiles();
	const server = createServer(runtime.serverOptions, (request, response) => {
		const url = request.url ?? '/';
		if (runtime.isApiPath(url)) runtime.apiListener(request, response);
		else if (isGone(url)) response.writeHead(404).end();
		else handler(request, response);
	});
	runtime.attach(server);
	const { host, port, publicUrl } = runtime.app.config;
	server.once('error', (error: NodeJS.ErrnoException) => {
		fail(describeListenError(error, host, port), runtime);
	});
	server.listen(port, host, () => console.log(announcement(publicUrl, runtime.setupUrl)));
	setTimeout(collectGarbage, STARTED_MS).unref();
	await asked;
	await stop(server, runtime);
}

/**
 * Whether a file that the handler knows is not there any more, as while a new build is made in its place: the handler
 * opens it without a look, which would end the process.
 */
function watchFiles(): (url: string) => boolean {
	const folder = path.join(import.meta.dirname, '../build/client');
	const files = new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }));
	return (url) => {
		const file = url.slice(1).split('?', 1)[0] ?? '';
		return files.has(file) && !existsSync(path.join(folder, file));
	};
}

/**
 * Gives back once what only the start has needed, a quarter of the process's memory: V8 keeps it for as long as nothing
 * much happens. It takes less than 100 ms.
 */
function collectGarbage(): void {
	setFlagsFromString('--expose-gc');
	const gc = runInNewContext('gc') as (options: object) => void;
	gc({ type: 'major', flavor: 'last-resort' });
}

async function stop(server: ReturnType<typeof createServer>, runtime: Runtime): Promise<void> {
	setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
	server.close();
	server.closeIdleConnections();
	await runtime.stop();
	process.exit(0);
}

function fail(message: string, runtime?: Runtime): void {
	console.error(message);
	process.exitCode = 1;
	setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
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
