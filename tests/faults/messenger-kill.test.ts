import { expect, it, onTestFinished, vi } from 'vitest';
import { pageSchema } from '#lib/contract/common.ts';
import { session, transcript } from '#lib/contract/session.ts';
import { createTestDatabase } from '../support/database.ts';
import { readApi } from '../support/server-api.ts';
import { createBatch, MESSENGER_ENVIRONMENT, signBody, createText } from '../support/messenger.ts';
import { startServer } from '../support/process.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const VISITORS = ['psid-1', 'psid-2', 'psid-3', 'psid-4', 'psid-5', 'psid-6'];
const standIn = useStandIn();

it('answers every Messenger visitor exactly once after kill -9 right after the 200', async () => {
	const database = await createTestDatabase();
	const environment = {
		...MESSENGER_ENVIRONMENT,
		DATABASE_URL: database.url,
		MESSENGER_API_URL: standIn().messenger.url,
	};
	const listAnswersTo = (psid: string) =>
		standIn().messenger.accepted.filter((message) => message.psid === psid);
	let server = await startServer(environment);
	onTestFinished(async () => {
		await server.stop();
		await database.drop();
	});
	const batch = createBatch(VISITORS.map((psid) => createText(psid, 'My brakes squeal')));
	const deliver = async () => {
		const response = await fetch(`${server.url}/api/messenger/webhook`, {
			method: 'POST',
			headers: { 'x-hub-signature-256': signBody(batch) },
			body: batch,
		});
		expect(response.status).toBe(200);
	};

	await deliver();
	server.signal('SIGKILL');
	await server.exited;
	server = await startServer(environment);
	// Facebook resends a batch when it isn't sure that it arrived.
	await deliver();
	await vi.waitFor(() => {
		for (const psid of VISITORS) expect(listAnswersTo(psid)).not.toEqual([]);
	}, 90_000);
	await deliver();

	const { items } = await readApi(server.url, 'sessions?channel=messenger', pageSchema(session));
	expect(items).toHaveLength(VISITORS.length);
	for (const { session_id } of items) {
		const { messages } = await readApi(server.url, `sessions/${session_id}`, transcript);
		expect(messages.map(({ sender }) => sender)).toEqual(['visitor', 'ai']);
	}
	expect(VISITORS.map((psid) => listAnswersTo(psid).length)).toEqual(VISITORS.map(() => 1));
});
