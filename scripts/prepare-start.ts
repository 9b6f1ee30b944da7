// The first part of `npm start`: checks the environment, and builds unless the build matches the sources.
import { checkStart } from '../src/check-start.ts';
import { findBuildReason } from './build-stamp.ts';

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
