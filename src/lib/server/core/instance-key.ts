import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from './config.ts';
import { StartupError } from './startup-error.ts';

/** SECRET_KEY, or the key made once and kept in DATA_DIR; throws StartupError when it cannot be kept. */
export async function instanceKey(config: Config): Promise<string> {
	if (config.secretKey) return config.secretKey;
	const file = path.join(config.dataDir, 'secret-key');
	try {
		await mkdir(config.dataDir, { recursive: true });
		await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
			throw new StartupError(
				`DATA_DIR (${config.dataDir}) cannot be written: ${error instanceof Error ? error.message : String(error)}. Set DATA_DIR to a folder that this user may write.`,
			);
		}
	}
	return (await readFile(file, 'utf8')).trim();
}
