import { readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '#lib/server/core/errors.ts';
import type { Folder } from './folder.ts';

const BUSY = 5;

/**
 * Makes this process the only owner of the folder until `release` or its exit. Throws `StartupError` when another process
 * owns it. SQLite is used as a portable kernel lock, which a crash does not leave behind.
 */
export async function takeOwnership(folder: Folder): Promise<{ release: () => void }> {
	const lock = openLock(folder);
	try {
		// Allows one writer at a time, but writes nothing, so that it also works on a full disk.
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
		`Cannot lock ${folder.lockFile} (${reason}). Set DATA_DIR to a writable folder on a local disk, or set DATABASE_URL.`,
	);
}
