import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '#lib/server/core/config.ts';
import { StartupError } from '#lib/server/core/startup-error.ts';

/**
 * Puts a backup's secret key into DATA_DIR. Without its key a database's sealed secrets cannot be opened: throws
 * StartupError where another key is in use already.
 */
export async function restoreSecretKey(folder: string, config: Config): Promise<void> {
	const key = await read(path.join(folder, 'secret-key'));
	if (key === undefined) {
		throw new StartupError(`${folder} has no file secret-key, so its secrets could not be opened.`);
	}
	if (config.secretKey !== undefined) {
		if (config.secretKey === key) return;
		throw new StartupError(
			'SECRET_KEY is not the key of this backup: set it to what its file secret-key holds.',
		);
	}
	const file = path.join(config.dataDir, 'secret-key');
	const present = await read(file);
	if (present === key) return;
	if (present !== undefined) {
		throw new StartupError(
			`${file} holds another key than the backup. Set DATA_DIR to a new folder, or move that file away.`,
		);
	}
	await mkdir(config.dataDir, { recursive: true });
	await writeFile(file, key, { mode: 0o600, flag: 'wx' });
}

async function read(file: string): Promise<string | undefined> {
	return readFile(file, 'utf8').then(
		(text) => text.trim(),
		() => undefined,
	);
}
