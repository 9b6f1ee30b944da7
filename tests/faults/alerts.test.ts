import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { runSql } from '../support/database-server.ts';
import { startServer } from '../support/process.ts';
import { ADMIN_ENVIRONMENT, callApi, signInAt } from '../support/server-api.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const TITLE = /person on Default/;
const standIn = useStandIn();

/** Starts a chat over HTTP and requests a handoff. */
async function requestHandoff(url: string): Promise<void> {
	const response = await fetch(`${url}/api/embed-chat/sessions`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ site: 'default' }),
	});
	const { session_id } = (await response.json()) as { session_id: string };
	await callApi(url, 'POST', `sessions/${session_id}/handoff`, { wait_seconds: 600 });
}

const listPushes = () => standIn().push.accepted.filter(({ payload }) => TITLE.test(payload.title));
const listMails = () => standIn().mail.accepted.filter(({ subject }) => TITLE.test(subject));

it('an alert reaches phone and email although the process is killed before it queues or settles them', async () => {
	const database = await createTestDatabase();
	const environment = {
		...ADMIN_ENVIRONMENT,
		DATABASE_URL: database.url,
		// In development, a push service may be called without TLS.
		NODE_ENV: 'development',
		RESEND_BASE_URL: standIn().mail.url,
		RESEND_API_KEY: 're_test',
		MAIL_FROM: 'frontdesk@example.com',
	};
	let server = await startServer(environment);
	const client = new pg.Client({ connectionString: database.url });
	onTestFinished(async () => {
		await client.end();
		await server.stop();
		await database.drop();
	});
	const kill = async () => {
		server.signal('SIGKILL');
		await server.exited;
	};
	await client.connect();
	const registered = await fetch(`${server.url}/api/notifications/devices`, {
		method: 'POST',
		headers: {
			cookie: await signInAt(server.url),
			origin: server.url,
			'Content-Type': 'application/json',
		},
		body: JSON.stringify(standIn().push.subscribe()),
	});
	expect(registered.status).toBe(201);

	// Holds the job that queues the messages in the middle of its transaction.
	await client.query('begin');
	await client.query('lock table push_messages in access exclusive mode');
	await requestHandoff(server.url);
	const waits = `select 1 from pg_locks where relation = 'push_messages'::regclass and not granted`;
	await vi.waitFor(async () => expect((await client.query(waits)).rowCount).toBe(1));
	await kill();
	await client.query('rollback');
	expect([listPushes(), listMails()]).toEqual([[], []]);

	server = await startServer(environment);
	const waitUntilSettled = (count: number) =>
		vi.waitFor(async () => {
			const sent = `select (select count(*) from push_messages where status = 'sent')::int as pushed,
				(select count(*) from mails where template = 'notification' and status = 'sent')::int as mailed`;
			expect((await client.query(sent)).rows).toEqual([{ pushed: count, mailed: count }]);
		});
	await waitUntilSettled(1);
	expect([listPushes().length, listMails().length]).toEqual([1, 1]);

	// Both services accept the next message, but their responses are lost with the process.
	standIn().push.failNext('accepted-then-reset');
	standIn().mail.failNext('accepted-then-reset');
	await requestHandoff(server.url);
	await standIn().push.recorder.waitFor(2);
	await standIn().mail.recorder.waitFor(2);
	await kill();
	await runSql(
		database.url,
		`update push_messages set claimed_until = null, next_attempt_at = now() where status = 'pending'`,
		`update mails set claimed_until = null, next_attempt_at = now() where status = 'pending'`,
	);
	server = await startServer(environment);
	await waitUntilSettled(2);
	// A device shows messages of one topic and tag once; Resend accepts a mail once per idempotency key.
	const sameTopic = new Set(listPushes().map(({ topic, payload }) => `${topic} ${payload.tag}`));
	expect([sameTopic.size, listMails().length]).toEqual([2, 2]);
});
