import path from 'node:path';
import { normalizePath, type Rolldown } from 'vite';

const SOURCES = normalizePath(path.resolve(import.meta.dirname, '../src'));

/**
 * Bundles the modules that pages share into one chunk each for Svelte, the sign-in pages and the dashboard. By default, every
 * combination of pages gets its own chunk: a dashboard page loaded over a hundred, half of them under 1 KB.
 */
export const pageChunks: Rolldown.CodeSplittingGroup[] = [
	{
		name: 'svelte',
		test: /node_modules[\\/](svelte|esm-env|clsx|@sveltejs)[\\/]/,
		minShareCount: 2,
	},
	// The sign-in page comes first, so that it loads nothing from the dashboard.
	createGroup('base', ['+layout.svelte', '+error.svelte', 'login/+page.svelte']),
	createGroup('dashboard', ['(dashboard)/+layout.svelte']),
	// Icons are grouped by the pages that use them, because a single icon is smaller than its response headers.
	{
		name: 'icons',
		test: /@lucide[\\/]svelte/,
		entriesAware: true,
		entriesAwareMergeThreshold: 3_000,
	},
];

/** Groups the modules of src that these routes import, directly or not, and that other pages import too. */
function createGroup(name: string, routes: readonly string[]): Rolldown.CodeSplittingGroup {
	const modules = new Set<string>();
	return {
		name(id, chunking) {
			if (modules.size === 0) {
				for (const route of routes) addImports(`${SOURCES}/routes/${route}`, modules, chunking);
			}
			return modules.has(id) ? name : null;
		},
		minShareCount: 2,
	};
}

function addImports(id: string, modules: Set<string>, chunking: Rolldown.ChunkingContext): void {
	// Doesn't follow packages, whose index imports much more than pages use.
	if (modules.has(id) || !id.startsWith(SOURCES)) return;
	modules.add(id);
	for (const imported of chunking.getModuleInfo(id)?.importedIds ?? [])
		addImports(imported, modules, chunking);
}
