import { spawnSync } from 'node:child_process';
import { findBuildReason } from '../../scripts/build-stamp.ts';

/** Vitest's global setup of projects that start the server: builds when the build is not of the present sources. */
export default function setup(): void {
	const reason = findBuildReason();
	if (!reason) return;
	console.log(`Building for the tests that start the server, since ${reason}.`);
	const built = spawnSync('npm', ['run', 'build'], { encoding: 'utf8' });
	if (built.status !== 0) throw new Error(`The build failed:\n${built.stdout}\n${built.stderr}`);
}
