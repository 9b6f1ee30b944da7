import { spawnSync } from 'node:child_process';
import { findBuildReason } from '../../scripts/build-stamp.ts';

/** Vitest's global setup for projects that start the server. Builds it unless the build matches the current sources. */
export default function setup(): void {
	const reason = findBuildReason();
	if (!reason) return;
	console.log(`Building the server for its tests: ${reason}.`);
	const result = spawnSync('npm', ['run', 'build'], { encoding: 'utf8' });
	if (result.status !== 0) throw new Error(`The build failed:\n${result.stdout}\n${result.stderr}`);
}
