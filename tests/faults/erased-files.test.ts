// @module-tag thorough
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stopServer } from '#lib/server/core/db/embedded/test-support.ts';
import { API_KEY } from '../support/server-api.ts';
import { startServer } from '../support/process.ts';
import { Visitor } from '../support/visitor.ts';

const MARK = 'zaphodmark';

/** Returns the files under DATA_DIR that contain the marker, except Postgres' own pages, which it overwrites later. */
async function findFilesWithMark(dataDir: string): Promise<string[]> {
	const names = await readdir(dataDir, { recursive: true, withFileTypes: true });
	const files = names
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath, entry.name))
		.filter((file) => !file.includes(`${path.sep}postgres${path.sep}data${path.sep}`));
	expect(files.some((file) => file.endsWith('server.log'))).toBe(true);
	const found = await Promise.all(
		files.map(async (file) => (await readFile(file)).includes(MARK) && file),
	);
	return found.filter((file) => file !== false);
}

it('an erased visitor’s data appears in no log line and no file of DATA_DIR', async () => {
	const dataDir = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-erased-'));
	const server = await startServer({ DATA_DIR: dataDir, LOG_LEVEL: 'trace' });
	onTestFinished(async () => {
		await server.stop();
		await stopServer(dataDir);
		await rm(dataDir, { recursive: true, force: true });
	});
	const call = async (method: string, address: string, body?: unknown) =>
		fetch(server.url + address, {
			method,
			headers: { 'Content-Type': 'application/json', 'X-API-Key': API_KEY },
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
	const visitor = new Visitor(server.url, {
		lines: [`I am ${MARK}, ${MARK}@example.com`, `Call ${MARK} at 030 1234567`],
	});
	await expect.poll(() => visitor.acknowledgedCount).toBe(2);
	visitor.disconnect();
	const session = `/api/sessions/${visitor.session_id}`;
	const lead = { name: `${MARK} Beeblebrox`, email: `${MARK}@example.com` };
	expect((await call('PUT', `${session}/lead`, lead)).status).toBe(200);
	// The marker appears in a search, an error report and requests that every layer rejects.
	expect((await call('GET', `/api/sessions?q=${MARK}`)).status).toBe(200);
	const failure = { workflow: 'CRM', message: `no deal for ${MARK}` };
	expect((await call('POST', '/api/errors', failure)).status).toBe(201);
	expect((await call('GET', `/api/sessions/${MARK}`)).status).toBe(404);
	expect((await call('PUT', `${session}/lead`, { email: { [MARK]: MARK } })).status).toBe(422);
	expect((await call('POST', `/login?${MARK}`, MARK)).status).toBe(403);
	const erasure = { session_id: visitor.session_id, confirm: 'erase' };
	expect(await (await call('POST', '/api/visitors/erase', erasure)).json()).toMatchObject({
		sessions: 1,
	});
	expect(
		server
			.output()
			.split('\n')
			.filter((line) => line.includes(MARK)),
	).toEqual([]);
	expect(await findFilesWithMark(dataDir)).toEqual([]);
});
