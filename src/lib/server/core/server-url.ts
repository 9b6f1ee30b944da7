import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const fileOf = (dataDir: string) => path.join(dataDir, 'server-url');

/** Records where the server of this DATA_DIR is reached, for scripts that print links; returns what removes the record. */
export function recordServerUrl(dataDir: string, url: string): () => void {
	try {
		mkdirSync(dataDir, { recursive: true });
		writeFileSync(fileOf(dataDir), url);
	} catch {
		// With DATABASE_URL there may be no folder to write to; scripts then go by PUBLIC_URL.
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
