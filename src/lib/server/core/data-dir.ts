import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';
import { StartupError } from './errors.ts';

/** Returns `SECRET_KEY`, or the key generated on the first start and stored in `DATA_DIR`. Throws `StartupError` if it can't be stored. */
export async function loadSecretKey(config: Config): Promise<string> {
	if (config.secretKey) return config.secretKey;
	const file = path.join(config.dataDir, 'secret-key');
	try {
		await mkdir(config.dataDir, { recursive: true });
		await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
			throw new StartupError(
				`Cannot write to DATA_DIR (${config.dataDir}): ${error instanceof Error ? error.message : String(error)}. Set DATA_DIR to a folder that this user can write to.`,
			);
		}
	}
	return (await readFile(file, 'utf8')).trim();
}

const getServerUrlFile = (dataDir: string) => path.join(dataDir, 'server-url');

/** Records the URL of this `DATA_DIR`'s running server, for scripts that print links. Returns a function that removes it. */
export function recordServerUrl(dataDir: string, url: string): () => void {
	try {
		mkdirSync(dataDir, { recursive: true });
		writeFileSync(getServerUrlFile(dataDir), url);
	} catch {
		// With DATABASE_URL, there may be no writable folder; scripts then use PUBLIC_URL.
	}
	return () => rmSync(getServerUrlFile(dataDir), { force: true });
}

/** Returns the URL recorded by the running server of this DATA_DIR; `undefined` if there is none. */
export function findServerUrl(dataDir: string): string | undefined {
	try {
		return readFileSync(getServerUrlFile(dataDir), 'utf8').trim() || undefined;
	} catch {
		return undefined;
	}
}
