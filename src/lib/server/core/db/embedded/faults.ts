import { capitalize } from '#lib/contract/constants.ts';
import { statfs } from 'node:fs/promises';
import { StartupError } from '#lib/server/core/errors.ts';

const POSTGRES_DISK_FULL = '53100';
/** With less free space, a disk counts as full. */
const MIN_FREE_BYTES = 64 * 1024;
const OTHER_LOCATION_REMEDY =
	'set DATA_DIR to another folder, or DATABASE_URL to a Postgres server';

/** Creates a `.catch` handler that returns `value` for these error codes and rethrows all other errors. */
export function returnOnCode<T>(
	code: string,
	value: T,
	...otherCodes: string[]
): (error: unknown) => T {
	return (error) => {
		if ([code, ...otherCodes].includes(getErrorCode(error) ?? '')) return value;
		throw error;
	};
}

/** Returns the code of a system or Postgres error; `undefined` if there is none. */
export function getErrorCode(error: unknown): string | undefined {
	if (!(error instanceof Error) || !('code' in error)) return undefined;
	return typeof error.code === 'string' ? error.code : undefined;
}

/** Converts a known permission, path or disk error into a `StartupError` with a remedy. Returns any other error unchanged. */
export function toStartupError(error: unknown): unknown {
	if (error instanceof StartupError || !(error instanceof Error)) return error;
	const path = 'path' in error && typeof error.path === 'string' ? error.path : 'The data folder';
	switch (getErrorCode(error) ?? '') {
		case 'EACCES':
		case 'EPERM':
			return new StartupError(
				`Frontdesk has no permission to use ${path}. Make the user that runs Frontdesk its owner, ${OTHER_LOCATION_REMEDY}.`,
			);
		case 'EROFS':
			return new StartupError(`${path} is read-only. ${capitalize(OTHER_LOCATION_REMEDY)}.`);
		case 'ENOSPC':
		case 'EDQUOT':
		case POSTGRES_DISK_FULL:
			return createDiskFullError(path);
		case 'ENOTDIR':
		case 'EEXIST':
			return new StartupError(
				`${path} is a file where a folder is needed. ${capitalize(OTHER_LOCATION_REMEDY)}.`,
			);
		default:
			return error;
	}
}

/** Returns a `StartupError` that explains why initdb or Postgres exited, based on its output and the free disk space. */
export async function explainOutput(summary: string, output: string, base: string) {
	const { bavail, bsize } = await statfs(base);
	// On a full disk, the reason itself may be missing from the log.
	if (/No space left|quota exceeded/i.test(output) || bavail * bsize < MIN_FREE_BYTES) {
		return createDiskFullError(base);
	}
	if (/Read-only file system/.test(output)) {
		return new StartupError(`${base} is read-only. ${capitalize(OTHER_LOCATION_REMEDY)}.`);
	}
	if (/could not look up effective user/.test(output)) {
		return new StartupError(
			`The embedded database can’t run as a user without a name. Start Frontdesk as a user listed in /etc/passwd, or set DATABASE_URL.`,
		);
	}
	const lines = output.trim().split('\n').slice(-12).join('\n  ');
	return new StartupError(
		`${summary} No data was changed. Last output:\n  ${lines || '(nothing)'}`,
	);
}

function createDiskFullError(path: string): StartupError {
	return new StartupError(
		`The disk that holds ${path} is full. The data is intact. Free some space and start again, or ${OTHER_LOCATION_REMEDY}.`,
	);
}
