import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';
import { StartupError } from './startup-error.ts';

/** Returns `SECRET_KEY`, or the key that the first start stores in `DATA_DIR`. Throws `StartupError` when it cannot be stored. */
export async function instanceKey(config: Config): Promise<string> {
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
