// Exits with an explanation if Node is too old or packages are missing or outdated. Plain JavaScript without imports from
// packages, so that any version of Node can run it first.
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

const NODE_MAJOR = 24;
const root = new URL('../', import.meta.url);

/** @typedef {Record<string, { version?: string, dev?: boolean, optional?: boolean }>} Packages */

/** @param {string} file */
const readLock = (file) =>
	/** @type {{ packages: Packages }} */ (JSON.parse(readFileSync(new URL(file, root), 'utf8')))
		.packages;

/** Returns whether the installed packages differ from the lockfile, for example after a `git pull`. */
function isOutdated() {
	// Other package managers don't write this file.
	if (!existsSync(new URL('node_modules/.package-lock.json', root))) return false;
	const installed = readLock('node_modules/.package-lock.json');
	return Object.entries(readLock('package-lock.json')).some(([name, expected]) => {
		const found = installed[name];
		if (found) return found.version !== expected.version;
		return name !== '' && !expected.dev && !expected.optional;
	});
}

function findProblem() {
	if (!existsSync(new URL('node_modules', root))) {
		return `Packages are not installed. Run "npm ci", which also installs Node ${NODE_MAJOR} and Postgres.`;
	}
	if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
		return existsSync(new URL('node_modules/node/bin/node', root))
			? `Frontdesk requires Node ${NODE_MAJOR}, and this is ${process.versions.node}. Use npm scripts (npm start, npm run dev, …), which run the Node ${NODE_MAJOR} that "npm ci" installed.`
			: `Frontdesk requires Node ${NODE_MAJOR}, and this is ${process.versions.node}. "npm ci" installs it unless install scripts are disabled. Run "npm rebuild node --ignore-scripts=false", or install Node ${NODE_MAJOR}.`;
	}
	if (isOutdated()) {
		return 'Installed packages differ from package-lock.json. Run "npm ci".';
	}
	return undefined;
}

const problem = findProblem();
if (problem !== undefined) {
	console.error(problem);
	process.exit(1);
}
