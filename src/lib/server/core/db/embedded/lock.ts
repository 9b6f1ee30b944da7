import { readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '#lib/server/core/errors.ts';
import type { Folder } from './folder.ts';

const SQLITE_BUSY = 5;

/**
 * Makes this process the only owner of the folder until `release` or its exit. Throws `StartupError` if another process owns
 * it. Uses SQLite as a portable file lock, which the kernel releases after a crash.
 */
export async function acquireOwnership(folder: Folder): Promise<{ release: () => void }> {
	const lock = openLock(folder);
	try {
		// Locks out other writers without writing anything, so it also works on a full disk.
		lock.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
	} catch (error) {
		lock.close();
		if (isBusy(error)) throw await createInUseError(folder);
		throw createLockError(folder, error);
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
		throw createLockError(folder, error);
	}
}

function isBusy(error: unknown): boolean {
	return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

async function createInUseError(folder: Folder): Promise<StartupError> {
	const pid = await readFile(folder.ownerFile, 'utf8').catch(() => 'unknown');
	return new StartupError(
		`Another Frontdesk process (pid ${pid.trim()}) already uses the embedded database in ${folder.base}. Stop it first; to run several processes, give all of them the same DATABASE_URL.`,
	);
}

function createLockError(folder: Folder, error: unknown): StartupError {
	const reason = error instanceof Error ? error.message : String(error);
	return new StartupError(
		`Cannot lock ${folder.lockFile} (${reason}). Set DATA_DIR to a writable folder on a local disk, or set DATABASE_URL.`,
	);
}
