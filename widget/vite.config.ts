import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
// One for both: vite shares the transform's options between the environments.
const target = 'es2022';
const onHostPage = { target, outDir: 'dist', emptyOutDir: false, modulePreload: false };

/** Tells the loader, which is built last, the name of its second file. */
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

/** Three builds, `vite build --config widget/vite.config.ts`: what the frame loads, and what the host page loads at once and later. */
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
					// A classic script: no import, nothing in the page's global scope but window.Frontdesk.
					output: { format: 'iife', entryFileNames: 'widget.js' },
				},
			},
		},
	},
});
