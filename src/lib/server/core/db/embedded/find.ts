import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onError } from './faults.ts';
import { openFolder } from './folder.ts';
import { PASSWORD_FILE } from './cluster.ts';
import { findPostmaster } from './postmaster.ts';
import { connectionString } from './session.ts';
import { ensureSocketFolder } from './socket-folder.ts';

/** Returns the connection string of the server that already runs in this `DATA_DIR`, for scripts; undefined without one. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
	const folder = await openFolder(dataDir);
	if (!(await findPostmaster(folder.cluster))) return undefined;
	const password = await readFile(join(folder.cluster, PASSWORD_FILE), 'utf8').catch(
		onError('ENOENT', ''),
	);
	const socketDir = await ensureSocketFolder(folder);
	return connectionString({ socketDir, password: password.trim() });
}
