// `npm start`: builds when there is no build, then becomes the server.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import './check-node.ts';

if (!existsSync(new URL('../build/handler.js', import.meta.url))) {
	console.log('There is no build yet; building (about half a minute) …');
	const built = spawnSync('npm', ['run', 'build'], {
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024,
	});
	if (built.status !== 0) {
		console.error(`${built.stdout}${built.stderr}\nThe build failed.`);
		process.exit(1);
	}
}
await import('../src/server.ts');
