import { spawnSync } from 'node:child_process';
import { findBuildReason } from '../../scripts/build-stamp.ts';

/** Vitest's global setup of projects that start the server: builds unless the build matches the current sources. */
export default function setup(): void {
	const reason = findBuildReason();
	if (!reason) return;
	console.log(`Building the server for its tests: ${reason}.`);
	const built = spawnSync('npm', ['run', 'build'], { encoding: 'utf8' });
	if (built.status !== 0) throw new Error(`The build failed:\n${built.stdout}\n${built.stderr}`);
}
