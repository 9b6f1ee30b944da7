// `npm start`: checks the environment, builds unless the build matches the sources, and runs the server in this process.
// JavaScript, so that a Node too old for the rest can still report it.
import './check-install.js';
import process from 'node:process';

process.chdir(`${import.meta.dirname}/..`);
const { checkStart } = await import('../src/check-start.ts');
const { findBuildReason } = await import('./build-stamp.ts');
try {
	await checkStart(process.env);
} catch (error) {
	if (!(error instanceof Error) || error.name !== 'StartupError') throw error;
	console.error(error.message);
	process.exit(1);
}
const reason = findBuildReason();
if (reason) {
	console.log(`Building, because ${reason}. This takes one to two minutes.`);
	const { build } = await import('./build.ts');
	if (!build()) process.exit(1);
}
await import('../src/server.ts');
