import { readFile } from 'node:fs/promises';

/** What a process holds of the machine's memory now. */
export async function residentKilobytes(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

/** Waits until nothing that a start or a crowd has left is being done any more. */
export const settle = (seconds: number) =>
	new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
