import type { Plugin, ViteDevServer } from 'vite';
import { announcement } from '../src/messages.js';
import type { Runtime } from '../src/lib/server/runtime.ts';

const RUNTIME = '/src/lib/server/runtime.ts';

/**
 * Serves pages, API and Socket.IO on vite's port in development. Loads the runtime through vite, so that pages and sockets
 * share one instance, and restarts it when a server file changes.
 */
export function frontdeskDev(): Plugin {
	let running: DevRuntime | undefined;
	return {
		name: 'frontdesk-dev',
		apply: (_, { command, isPreview }) =>
			command === 'serve' && !isPreview && !process.env['VITEST'],
		// Links, embed codes and cookies contain PORT, so vite must not choose another one.
		config: () => ({ server: { port: Number(process.env['PORT'] ?? 3000), strictPort: true } }),
		async configureServer(server) {
			process.env['NODE_ENV'] ??= 'development';
			const dev = (running = new DevRuntime(server));
			server.middlewares.use((request, response, next) => {
				dev
					.getRuntime()
					.then((runtime) => {
						if (runtime.isApiPath(request.url ?? '/')) runtime.apiListener(request, response);
						else next();
					})
					.catch(next);
			});
			server.httpServer?.once('listening', () => {
				dev
					.getRuntime()
					.then(({ app, setupUrl }) =>
						server.config.logger.info(announcement(app.config.publicUrl, setupUrl)),
					)
					.catch((error: unknown) => server.config.logger.error(String(error)));
			});
			server.watcher.on('change', (file) => {
				if (/\/src\/lib\/(server|contract)\/.*(?<!\.test)\.ts$/.test(file)) dev.restart();
			});
		},
		async closeBundle() {
			await running?.stop();
		},
	};
}

class DevRuntime {
	readonly server: ViteDevServer;
	#runtime: Promise<Runtime> | undefined;

	constructor(server: ViteDevServer) {
		this.server = server;
	}

	getRuntime(): Promise<Runtime> {
		this.#runtime ??= this.#start();
		return this.#runtime;
	}

	restart(): void {
		const old = this.#runtime;
		this.#runtime = old
			?.then((runtime) => runtime.stop({ keepDatabase: true }))
			.catch((error: unknown) => this.server.config.logger.error(String(error)))
			.then(() => this.#start());
	}

	async stop(): Promise<void> {
		const runtime = await this.#runtime?.catch(() => undefined);
		await runtime?.stop();
	}

	async #start(): Promise<Runtime> {
		const module = await this.server.ssrLoadModule(RUNTIME);
		const start = module['startRuntime'] as () => Promise<Runtime>;
		const runtime = await start();
		if (this.server.httpServer) {
			runtime.attach(this.server.httpServer as Parameters<Runtime['attach']>[0], {
				isShared: true,
			});
		}
		return runtime;
	}
}
