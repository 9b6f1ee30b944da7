import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { onError } from './faults.ts';

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
export async function copyNative(from: string, to: string): Promise<void> {
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
