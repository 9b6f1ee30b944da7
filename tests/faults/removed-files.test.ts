import { rename } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { useBuiltServer } from '../support/built-server.ts';

const FILE = 'build/client/widget.d.ts';
const server = useBuiltServer();

it('answers 404 for a file that a new build has removed, and keeps running', async () => {
	const get = async () => (await fetch(`${server.url}/widget.d.ts`)).status;
	expect(await get()).toBe(200);
	await rename(FILE, `${FILE}.away`);
	try {
		expect(await get()).toBe(404);
	} finally {
		await rename(`${FILE}.away`, FILE);
	}
	expect(await get()).toBe(200);
});
