import { statfs } from 'node:fs/promises';
import { StartupError } from '#lib/server/core/startup-error.ts';

const POSTGRES_DISK_FULL = '53100';
const ELSEWHERE = 'set DATA_DIR to another folder, or DATABASE_URL to a Postgres server';

/** For `.catch`: returns the value for these error codes and throws every other error on. */
export function onError<T>(code: string, value: T, ...more: string[]): (error: unknown) => T {
	return (error) => {
		if ([code, ...more].includes(errorCode(error) ?? '')) return value;
		throw error;
	};
}

/** The code of a system or Postgres error, if it has one. */
export function errorCode(error: unknown): string | undefined {
	if (!(error instanceof Error) || !('code' in error)) return undefined;
	return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns a fault of the file system into a StartupError that says what to do; any other error stays as it is. */
export function asStartupError(error: unknown): unknown {
	if (error instanceof StartupError || !(error instanceof Error)) return error;
	const path = 'path' in error && typeof error.path === 'string' ? error.path : 'the data folder';
	switch (errorCode(error) ?? '') {
		case 'EACCES':
		case 'EPERM':
			return new StartupError(
				`Frontdesk may not use ${path}. Give it to the user Frontdesk runs as, ${ELSEWHERE}.`,
			);
		case 'EROFS':
			return new StartupError(`${path} cannot be written: it is read-only. ${capital(ELSEWHERE)}.`);
		case 'ENOSPC':
		case 'EDQUOT':
		case POSTGRES_DISK_FULL:
			return diskFull(path);
		case 'ENOTDIR':
		case 'EEXIST':
			return new StartupError(`${path} is a file where a folder is needed. ${capital(ELSEWHERE)}.`);
		default:
			return error;
	}
}

/** Says why initdb or the server ended, from what it printed and the state of the disk. */
export async function explainOutput(what: string, output: string, base: string) {
	const { bavail, bsize } = await statfs(base);
	// On a full disk the reason itself may not have reached the log.
	if (/No space left|quota exceeded/i.test(output) || bavail * bsize < 64 * 1024) {
		return diskFull(base);
	}
	if (/Read-only file system/.test(output)) {
		return new StartupError(`${base} cannot be written: it is read-only. ${capital(ELSEWHERE)}.`);
	}
	if (/could not look up effective user/.test(output)) {
		return new StartupError(
			`The embedded database needs a user that has a name. Start Frontdesk as a user listed in /etc/passwd, or set DATABASE_URL.`,
		);
	}
	const lines = output.trim().split('\n').slice(-12).join('\n  ');
	return new StartupError(
		`${what} Its data is untouched. What it said last:\n  ${lines || '(nothing)'}`,
	);
}

function diskFull(path: string): StartupError {
	return new StartupError(
		`The disk that holds ${path} is full. Free some space and start again: the data is intact. Or ${ELSEWHERE}.`,
	);
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
