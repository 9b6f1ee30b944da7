// `npm run audit:dependencies`: checks every package that runs in production for known vulnerabilities: the dependencies,
// and the devDependencies that Vite bundles (Svelte, bits-ui, Drizzle, socket.io-client …).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** devDependencies that only build, check or test, and aren't bundled. */
const DEVELOPMENT_TOOLS =
	/^(@eslint\/|@types\/|@typescript\/|@sveltejs\/(adapter-node|kit|vite-plugin-svelte)$|@tailwindcss\/|ajv|axe-core|drizzle-kit|eslint|fast-check|oxlint|playwright|prettier|rolldown|svelte-check|tailwindcss|typescript|vite$|vitest|ws$)/;

const USAGE = 'Usage: npm run audit:dependencies';
if (process.argv.length > 2) {
	console.error(USAGE);
	process.exit(process.argv[2] === '--help' ? 0 : 2);
}

const manifest = z
	.object({
		dependencies: z.record(z.string(), z.string()),
		devDependencies: z.record(z.string(), z.string()),
	})
	.parse(JSON.parse(readFileSync('package.json', 'utf8')));
const lock = z
	.object({
		packages: z.record(
			z.string(),
			z.object({
				dependencies: z.record(z.string(), z.string()).optional(),
				optionalDependencies: z.record(z.string(), z.string()).optional(),
			}),
		),
	})
	.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));

const shippedPaths = new Set<string>();
/** Adds the lockfile paths of a package and its dependencies, each resolved from the nearest `node_modules`, as in Node.js. */
function addShipped(name: string, from: string): void {
	for (
		let folder = from;
		;
		folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
	) {
		const path = `${folder}${folder && '/'}node_modules/${name}`;
		const locked = lock.packages[path];
		if (locked) {
			if (shippedPaths.has(path)) return;
			shippedPaths.add(path);
			const dependencies = { ...locked.dependencies, ...locked.optionalDependencies };
			for (const dependency of Object.keys(dependencies)) addShipped(dependency, path);
			return;
		}
		if (folder === '') return;
	}
}
const bundled = Object.keys(manifest.devDependencies).filter(
	(name) => !DEVELOPMENT_TOOLS.test(name),
);
for (const name of [...Object.keys(manifest.dependencies), ...bundled]) addShipped(name, '');
const getPackageName = (path: string) =>
	path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const shippedNames = new Set([...shippedPaths].map(getPackageName));

const { stdout } = spawnSync('npm', ['audit', '--json'], {
	encoding: 'utf8',
	maxBuffer: 64 * 1024 * 1024,
});
const report = z
	.object({
		vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
	})
	.safeParse(parseJson(stdout));
if (!report.success) {
	console.error(
		`The registry returned no audit report, so none of the ${shippedNames.size} shipped packages was checked. Run this again with npm's default registry, or pass the output of "npm run sbom" to a scanner.`,
	);
	process.exit(3);
}
const vulnerable = Object.entries(report.data.vulnerabilities).filter(([name]) =>
	shippedNames.has(name),
);
for (const [name, { severity, range }] of vulnerable) console.log(`${severity}: ${name} ${range}`);
console.log(
	`${vulnerable.length} of ${shippedNames.size} shipped packages have known vulnerabilities.`,
);
process.exit(vulnerable.length > 0 ? 1 : 0);

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
