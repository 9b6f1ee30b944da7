import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onError } from './faults';
import { openFolder } from './folder';
import { PASSWORD_FILE } from './initdb';
import { findPostmaster } from './postmaster';
import { connectionString } from './session';
import { ensureSocketFolder } from './socket-folder';

/** How to reach the server that already runs in this DATA_DIR, for programs beside it; undefined when there is none. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
	const folder = await openFolder(dataDir);
	if (!(await findPostmaster(folder.cluster))) return undefined;
	const password = await readFile(join(folder.cluster, PASSWORD_FILE), 'utf8').catch(
		onError('ENOENT', ''),
	);
	const socketDir = await ensureSocketFolder(folder);
	return connectionString({ socketDir, password: password.trim() });
}
