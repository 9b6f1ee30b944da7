// `npm start`: checks what the server needs, builds unless there is a build of the current sources, and becomes the server.
// JavaScript, so that a Node which is too old for the rest can still say so.
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
	console.log(`Building, since ${reason}. This takes one to two minutes.`);
	const { build } = await import('./build.ts');
	if (!build()) process.exit(1);
}
await import('../src/server.ts');
