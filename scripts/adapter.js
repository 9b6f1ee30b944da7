// The SvelteKit adapter: the request handler of adapter-node, bundled by Rolldown together with all packages, except those in
// `dependencies`, into build/. See docs/decisions/0028-the-server-is-one-bundle.md.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const HANDLER = fileURLToPath(
	new URL('files/handler.js', import.meta.resolve('@sveltejs/adapter-node')),
);

/** Packages that others load if they are installed. */
const OPTIONAL = ['bufferutil', 'utf-8-validate', 'pg-native'];

/** @returns {import('@sveltejs/kit').Adapter} */
export function createAdapter() {
	return {
		name: 'rolldown',
		async adapt(builder) {
			builder.rimraf('build');
			builder.writeClient('build/client');
			builder.writePrerendered('build/prerendered');
			await Promise.all([builder.compress('build/client'), builder.compress('build/prerendered')]);
			const bundle = await rolldown({
				input: { handler: HANDLER },
				platform: 'node',
				external: createExternals(),
				// A package that is missing here would be missing in production, too.
				onLog: (level, log, report) =>
					report(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log),
				transform: {
					// The settings that adapter-node inserts into its files.
					define: {
						BASE: JSON.stringify(builder.config.kit.paths.base),
						ENV_PREFIX: '""',
						PRECOMPRESS: 'true',
						PRERENDERED: `new Set(${JSON.stringify(builder.prerendered.paths)})`,
					},
				},
				plugins: [resolveServer(path.resolve(builder.getServerDirectory()))],
			});
			await bundle.write({
				dir: 'build',
				sourcemap: true,
				chunkFileNames: 'server/[name]-[hash].js',
			});
			await bundle.close();
		},
		supports: { read: () => true, instrumentation: () => false },
	};
}

/** Packages with native code or files of their own aren't bundled. */
function createExternals() {
	const { dependencies } = /** @type {{ dependencies: Record<string, string> }} */ (
		JSON.parse(readFileSync('package.json', 'utf8'))
	);
	return [...Object.keys(dependencies), ...OPTIONAL].map((name) => new RegExp(`^${name}(/|$)`));
}

/**
 * Resolves the names by which adapter-node's handler imports the server that SvelteKit built.
 * @param {string} folder
 * @returns {import('rolldown').Plugin}
 */
function resolveServer(folder) {
	const files = new Map([
		['SERVER', path.join(folder, 'index.js')],
		['MANIFEST', path.join(folder, 'manifest.js')],
	]);
	return { name: 'resolve-server', resolveId: (id) => files.get(id) };
}
