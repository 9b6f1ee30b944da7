import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
// One target for all, because Vite shares transform options between environments.
const target = 'es2022';
const onHostPage = { target, outDir: 'dist', emptyOutDir: false, modulePreload: false };

/** Inserts the deferred script's file name into the loader, which is built last. */
function laterName(): Plugin {
	let name = '';
	return {
		name: 'frontdesk-later-name',
		sharedDuringBuild: true,
		generateBundle(_, bundle) {
			const [file] = Object.keys(bundle);
			if (this.environment.name === 'later') name = file ?? '';
		},
		renderChunk(code) {
			return this.environment.name === 'loader'
				? code.replace(/\bLATER\b/, JSON.stringify(`/widget/${name}`))
				: null;
		},
	};
}

/** Builds three bundles: the frame's app, and the loader and the deferred script of the host page. */
export default defineConfig({
	root,
	publicDir: false,
	plugins: [laterName()],
	builder: { sharedPlugins: true },
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
		later: {
			consumer: 'client',
			build: {
				...onHostPage,
				rolldownOptions: {
					input: `${root}loader/later/main.ts`,
					preserveEntrySignatures: 'strict',
					output: { format: 'es', entryFileNames: 'assets/later-[hash].js' },
				},
			},
		},
		loader: {
			consumer: 'client',
			build: {
				...onHostPage,
				rolldownOptions: {
					input: `${root}loader/main.ts`,
					// A classic script without imports that only adds `window.Frontdesk` to the global scope.
					output: { format: 'iife', entryFileNames: 'widget.js' },
				},
			},
		},
	},
});
