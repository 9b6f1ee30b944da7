import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '#lib/server/core/config.ts';
import { StartupError } from '#lib/server/core/errors.ts';

const KEY_FILE = 'secret-key';
const PREVIOUS_KEYS_FILE = 'secret-key-previous';

/** Returns the server's secret key. Throws `StartupError` if neither SECRET_KEY nor DATA_DIR has it, because a new key couldn't decrypt stored secrets. */
export async function readSecretKey({ secretKey, dataDir }: Config): Promise<string> {
	const key = secretKey ?? (await readIfPresent(path.join(dataDir, KEY_FILE)));
	if (key !== undefined) return key;
	throw new StartupError(
		`There is no secret key in ${path.resolve(dataDir)}. Set SECRET_KEY to the server's key.`,
	);
}

/** Writes the server's secret keys into a backup. */
export async function backUpSecretKey(config: Config, folder: string): Promise<void> {
	await writeFile(path.join(folder, KEY_FILE), await readSecretKey(config), { mode: 0o600 });
	if (config.previousSecretKeys.length === 0) return;
	await writeFile(path.join(folder, PREVIOUS_KEYS_FILE), config.previousSecretKeys.join(','), {
		mode: 0o600,
	});
}

/**
 * Writes a backup's secret key to DATA_DIR. Returns the backup's previous keys, for the operator to set, if SECRET_KEY_PREVIOUS
 * lacks any. Throws `StartupError` if the backup has no key, or another key is in use, which couldn't decrypt its secrets.
 */
export async function restoreSecretKey(
	folder: string,
	config: Config,
): Promise<string | undefined> {
	const key = await readIfPresent(path.join(folder, KEY_FILE));
	if (key === undefined) {
		throw new StartupError(
			`${folder} has no file ${KEY_FILE}, which is needed to decrypt its secrets.`,
		);
	}
	await storeKey(key, config);
	const previous = await readIfPresent(path.join(folder, PREVIOUS_KEYS_FILE));
	const areAllKnown = previous?.split(',').every((key) => config.previousSecretKeys.includes(key));
	return areAllKnown ? undefined : previous;
}

async function storeKey(key: string, { secretKey, dataDir }: Config): Promise<void> {
	if (secretKey === key) return;
	if (secretKey !== undefined) {
		throw new StartupError(
			`SECRET_KEY is not the key of this backup. Set it to the contents of the backup's file ${KEY_FILE}.`,
		);
	}
	const file = path.join(dataDir, KEY_FILE);
	const existingKey = await readIfPresent(file);
	if (existingKey === key) return;
	if (existingKey !== undefined) {
		throw new StartupError(
			`${file} contains a different key than the backup. Set DATA_DIR to a new folder, or move that file away.`,
		);
	}
	await mkdir(dataDir, { recursive: true });
	await writeFile(file, key, { mode: 0o600, flag: 'wx' });
}

async function readIfPresent(file: string): Promise<string | undefined> {
	return readFile(file, 'utf8').then(
		(text) => text.trim(),
		(error: unknown) => {
			if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
			throw error;
		},
	);
}
