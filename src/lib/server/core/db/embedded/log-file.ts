import { close, open } from 'node:fs';
import { copyFile, open as openFile, stat, truncate } from 'node:fs/promises';
import { promisify } from 'node:util';

const MAX_BYTES = 4 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

/** Runs a function with the log open for appending. The server inherits the file, so it keeps logging if this process is killed. */
export async function withLog<T>(path: string, use: (fd: number) => Promise<T>): Promise<T> {
	const fd = await promisify(open)(path, 'a', 0o640);
	try {
		return await use(fd);
	} finally {
		await promisify(close)(fd);
	}
}

/** Returns the current size of the log. */
export async function getLogSize(path: string): Promise<number> {
	return (await stat(path)).size;
}

/** Returns the log output after an offset, at most the last 16 KiB. */
export async function readLogSince(path: string, start: number): Promise<string> {
	const file = await openFile(path, 'r');
	try {
		const { size } = await file.stat();
		const from = Math.max(Math.min(start, size), size - TAIL_BYTES);
		const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
		return buffer.toString('utf8', 0, bytesRead);
	} finally {
		await file.close();
	}
}

/** Rotates the log if it is too large. The server appends to the file, so it can be truncated while in use. */
export async function rotateLog(path: string): Promise<void> {
	if ((await getLogSize(path)) < MAX_BYTES) return;
	await copyFile(path, `${path}.1`);
	await truncate(path);
}
