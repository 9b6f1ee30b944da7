// Runs after `npm ci` and `npm install`. Removes the C headers of the packaged Node.js, 67 MB that only native add-ons are compiled
// with. Plain JavaScript, because npm may run it with Node.js 20.
import { existsSync, readdirSync, rmSync } from 'node:fs';

const packages = new URL('../node_modules/node/node_modules/', import.meta.url);
if (existsSync(packages)) {
	for (const entry of readdirSync(packages, { withFileTypes: true })) {
		if (!entry.isDirectory()) continue;
		rmSync(new URL(`${entry.name}/include`, packages), { recursive: true, force: true });
	}
}
