import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';

const STAMP = 'build/sources.sha256';

/** Returns a digest of all files that a build depends on, including the lockfile. */
export function digestSources(): string {
	const files = globSync([
		'src/**/*.{ts,svelte,css,html,svg}',
		'widget/**/*.{ts,css,html,php,txt}',
		'static/**/*.*',
		'docs/api.md',
		'docs/n8n/*.json',
		'*.config.{js,ts}',
		'scripts/{adapter.js,page-chunks.ts}',
		'package-lock.json',
	])
		.filter((file) => !file.includes('.test.') && !file.startsWith('widget/dist'))
		.sort();
	const hash = createHash('sha256');
	for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
	return hash.digest('hex');
}

/** Returns why a build is needed; `undefined` if the build matches the current sources. */
export function findBuildReason(): string | undefined {
	if (!existsSync('build/handler.js')) return 'there is no build yet';
	if (!existsSync(STAMP)) return 'the build has an unknown version';
	if (readFileSync(STAMP, 'utf8') !== digestSources())
		return 'sources have changed since the last build';
	return undefined;
}

/** Records the sources' digest from before the build, so that a change during the build requires another one. */
export function stampBuild(digest: string): void {
	writeFileSync(STAMP, digest);
}
