import { once } from 'node:events';
import { createServer } from 'node:net';
import { readConfig } from '#lib/server/core/config.ts';
import { getBundledMajor } from '#lib/server/core/db/embedded/binaries.ts';
import { requireVersion } from '#lib/server/core/db/embedded/cluster.ts';
import { openFolder } from '#lib/server/core/db/embedded/folder.ts';
import { toStartupError } from '#lib/server/core/db/embedded/faults.ts';
import type { Variables } from '#lib/server/core/environment.ts';
import { StartupError } from '#lib/server/core/errors.ts';
import { describeListenError } from './messages.js';

/**
 * Checks the environment variables, the data folder and the port before the build. Throws `StartupError` with a remedy.
 */
export async function checkStart(variables: Variables): Promise<void> {
	const { port, host, databaseUrl, dataDir } = readConfig(variables);
	if (!databaseUrl) {
		try {
			const folder = await openFolder(dataDir, (line) => process.stderr.write(`${line}\n`));
			await requireVersion(folder, await getBundledMajor());
		} catch (error) {
			throw toStartupError(error);
		}
	}
	const probe = createServer();
	try {
		await once(probe.listen(port, host), 'listening');
	} catch (error) {
		throw new StartupError(describeListenError(error as NodeJS.ErrnoException, host, port));
	} finally {
		probe.close();
	}
}
