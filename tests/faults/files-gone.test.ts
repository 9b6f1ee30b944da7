import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startServer, type ServerProcess } from '../support/process.ts';

const FILE = 'build/client/widget.d.ts';
let server: ServerProcess;
let dropDatabase: () => Promise<void>;

beforeAll(async () => {
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({ DATABASE_URL: database.url });
});
afterAll(async () => {
	await server.stop();
	await dropDatabase();
});

it('a file that a new build has taken away is not found, and the server lives on', async () => {
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
