import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { onError } from './faults';
import { connectionString } from './session';

/** How to reach the embedded database that a running Frontdesk keeps in DATA_DIR; undefined when none runs. */
export async function findRunningDatabase(dataDir: string): Promise<string | undefined> {
	const cluster = join(resolve(dataDir), 'postgres', 'data');
	const read = (name: string) =>
		readFile(join(cluster, name), 'utf8').catch(onError('ENOENT', undefined));
	// The fifth line of postmaster.pid is the folder of the socket.
	const socketDir = (await read('postmaster.pid'))?.split('\n')[4]?.trim();
	const password = (await read('frontdesk.password'))?.trim();
	return socketDir && password ? connectionString({ socketDir, password }) : undefined;
}
