// `npm start`: checks what the server needs, builds when there is no build of the present sources, and becomes the server.
import './check-node.ts';
import { checkStart } from '../src/check-start.ts';
import { build } from './build.ts';
import { findBuildReason } from './build-stamp.ts';

process.chdir(new URL('..', import.meta.url).pathname);
try {
	await checkStart(process.env);
} catch (error) {
	if (!(error instanceof Error) || error.name !== 'StartupError') throw error;
	console.error(error.message);
	process.exit(1);
}
const reason = findBuildReason();
if (reason) {
	console.log(`Building, since ${reason}. It takes half a minute to two minutes.`);
	if (!build()) process.exit(1);
}
await import('../src/server.ts');
