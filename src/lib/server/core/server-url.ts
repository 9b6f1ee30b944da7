import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const fileOf = (dataDir: string) => path.join(dataDir, 'server-url');

/** Records the address of the server of this `DATA_DIR`, for scripts that print links. Returns a function that removes it. */
export function recordServerUrl(dataDir: string, url: string): () => void {
	try {
		mkdirSync(dataDir, { recursive: true });
		writeFileSync(fileOf(dataDir), url);
	} catch {
		// With DATABASE_URL there may be no writable folder; scripts then use PUBLIC_URL.
	}
	return () => rmSync(fileOf(dataDir), { force: true });
}

/** Returns the address that the running server of this DATA_DIR recorded. */
export function findServerUrl(dataDir: string): string | undefined {
	try {
		return readFileSync(fileOf(dataDir), 'utf8').trim() || undefined;
	} catch {
		return undefined;
	}
}
