import { readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '#lib/server/core/startup-error.ts';
import type { Folder } from './folder.ts';

const BUSY = 5;

/**
 * Makes this process the only owner of the folder until `release` or its death. SQLite serves as the
 * portable way to a lock of the kernel, which no crash leaves behind.
 */
export async function takeOwnership(folder: Folder): Promise<{ release: () => void }> {
	const lock = openLock(folder);
	try {
		// One writer at a time, and nothing is written: a full disk takes the lock too.
		lock.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
	} catch (error) {
		lock.close();
		if (isBusy(error)) throw await inUse(folder);
		throw cannotLock(folder, error);
	}
	await writeFile(folder.ownerFile, `${process.pid}\n`).catch((error: unknown) => {
		lock.close();
		throw error;
	});
	return {
		release: () => {
			if (lock.isOpen) lock.close();
		},
	};
}

function openLock(folder: Folder): DatabaseSync {
	try {
		return new DatabaseSync(folder.lockFile);
	} catch (error) {
		throw cannotLock(folder, error);
	}
}

function isBusy(error: unknown): boolean {
	return error instanceof Error && 'errcode' in error && error.errcode === BUSY;
}

async function inUse(folder: Folder): Promise<StartupError> {
	const pid = await readFile(folder.ownerFile, 'utf8').catch(() => 'unknown');
	return new StartupError(
		`Another Frontdesk process (pid ${pid.trim()}) already uses the embedded database in ${folder.base}. Stop it first; to run several processes, give all of them the same DATABASE_URL.`,
	);
}

function cannotLock(folder: Folder, error: unknown): StartupError {
	const reason = error instanceof Error ? error.message : String(error);
	return new StartupError(
		`${folder.lockFile} cannot be locked (${reason}). Set DATA_DIR to a folder on a local disk that Frontdesk may write, or set DATABASE_URL.`,
	);
}
