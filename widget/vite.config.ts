import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
// One for both: vite shares the transform's options between the environments.
const target = 'es2022';

/** Two builds, `vite build --config widget/vite.config.ts`: what the host page loads, and what the frame loads. */
export default defineConfig({
	root,
	publicDir: false,
	resolve: { alias: { $lib: fileURLToPath(new URL('../src/lib', import.meta.url)) } },
	builder: {},
	environments: {
		client: {
			build: {
				target,
				outDir: 'dist',
				emptyOutDir: true,
				manifest: 'manifest.json',
				modulePreload: false,
				rolldownOptions: { input: { app: `${root}app/main.ts` } },
			},
		},
		loader: {
			consumer: 'client',
			build: {
				target,
				outDir: 'dist',
				emptyOutDir: false,
				modulePreload: false,
				rolldownOptions: {
					input: `${root}loader/main.ts`,
					// A classic script: no import, nothing in the page's global scope but window.Frontdesk.
					output: { format: 'iife', entryFileNames: 'widget.js' },
				},
			},
		},
	},
});
