import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
// All bundles have one target, because Vite shares transform options between environments.
const target = 'es2022';
const hostPageBuild = { target, outDir: 'dist', emptyOutDir: false, modulePreload: false };

/** Inserts the deferred script's file name into the loader, which is built last. */
function insertDeferredScriptName(): Plugin {
	let fileName = '';
	return {
		name: 'frontdesk-deferred-script-name',
		sharedDuringBuild: true,
		generateBundle(_, bundle) {
			const [file] = Object.keys(bundle);
			if (this.environment.name === 'later') fileName = file ?? '';
		},
		renderChunk(code) {
			return this.environment.name === 'loader'
				? code.replace(/\bDEFERRED_SCRIPT_PATH\b/, JSON.stringify(`/widget/${fileName}`))
				: null;
		},
	};
}

/** Builds three bundles: the frame's app, and the loader and the deferred script of the host page. */
export default defineConfig({
	root,
	publicDir: false,
	plugins: [insertDeferredScriptName()],
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
				...hostPageBuild,
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
				...hostPageBuild,
				rolldownOptions: {
					input: `${root}loader/main.ts`,
					// A classic script without imports that only adds `window.Frontdesk` to the global scope.
					output: { format: 'iife', entryFileNames: 'widget.js' },
				},
			},
		},
	},
});
