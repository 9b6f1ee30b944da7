import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuilder, type Plugin } from 'vite';

const folder = fileURLToPath(new URL('../widget/', import.meta.url));
const DEBOUNCE_MS = 100;

/** Builds the widget at startup and after every change, so that development serves it like production. */
export function widgetDev(): Plugin {
	return {
		name: 'frontdesk-widget-dev',
		apply: (_, { command, isPreview }) =>
			command === 'serve' && !isPreview && !process.env['VITEST'],
		async configureServer({ watcher, config, ws }) {
			let timer: ReturnType<typeof setTimeout> | undefined;
			await build();
			watcher.on('change', (file) => {
				if (!file.startsWith(folder) || file.startsWith(`${folder}dist${sep}`)) return;
				clearTimeout(timer);
				timer = setTimeout(() => {
					build().then(
						() => ws.send({ type: 'full-reload' }),
						(error: unknown) => config.logger.error(String(error)),
					);
				}, DEBOUNCE_MS);
			});
		},
	};
}

async function build(): Promise<void> {
	const builder = await createBuilder({ configFile: `${folder}vite.config.ts`, logLevel: 'warn' });
	await builder.buildApp();
}
