// `npm start`: builds when there is no build, then becomes the server.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import './check-node.ts';

if (!existsSync(new URL('../build/handler.js', import.meta.url))) {
	console.log('There is no build yet; building (about half a minute) …');
	const built = spawnSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
	if (built.status !== 0) {
		console.error('The build failed. `npm run build` shows everything.');
		process.exit(1);
	}
}
await import('../src/server.ts');
