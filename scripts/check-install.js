// Ends the process with a plain sentence where Node is too old or the packages are missing or outdated. JavaScript without
// packages, so that any Node can run it before anything else.
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

const NODE_MAJOR = 24;
const root = new URL('../', import.meta.url);

/** @typedef {Record<string, { version?: string, dev?: boolean, optional?: boolean }>} Packages */

/** @param {string} file */
const readLock = (file) =>
	/** @type {{ packages: Packages }} */ (JSON.parse(readFileSync(new URL(file, root), 'utf8')))
		.packages;

/** Whether what npm installed differs from the lockfile, as after an update of the sources. */
function isOutdated() {
	// Another package manager keeps no such record.
	if (!existsSync(new URL('node_modules/.package-lock.json', root))) return false;
	const installed = readLock('node_modules/.package-lock.json');
	return Object.entries(readLock('package-lock.json')).some(([name, wanted]) => {
		const found = installed[name];
		if (found) return found.version !== wanted.version;
		return name !== '' && !wanted.dev && !wanted.optional;
	});
}

function findFault() {
	if (!existsSync(new URL('node_modules', root))) {
		return `The packages are not installed yet. Run "npm ci" first: it also brings Node ${NODE_MAJOR} and Postgres.`;
	}
	if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
		return existsSync(new URL('node_modules/node/bin/node', root))
			? `This is Node ${process.versions.node}, and Frontdesk needs ${NODE_MAJOR}. Use npm (npm start, npm run dev, …): it runs the Node ${NODE_MAJOR} that "npm ci" installed.`
			: `This is Node ${process.versions.node}, and Frontdesk needs ${NODE_MAJOR}, which "npm ci" installs unless install scripts are turned off. Run "npm rebuild node --ignore-scripts=false", or install Node ${NODE_MAJOR}.`;
	}
	if (isOutdated()) {
		return 'The packages are not those of package-lock.json, which has changed since they were installed. Run "npm ci".';
	}
	return undefined;
}

const fault = findFault();
if (fault !== undefined) {
	console.error(fault);
	process.exit(1);
}
