import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createSiteAt, readTranscript } from '../support/server-api.ts';
import { createTestDatabase } from '../support/database.ts';
import { findFreePort, startServer } from '../support/process.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { Visitor } from '../support/visitor.ts';

const HUNG_CHATS = 3_000;
const HEALTHY_CHATS = 8;
const standIn = useStandIn();

it('answers the chats of a killed process while thousands wait for another site’s hanging AI', async () => {
	const database = await createTestDatabase();
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	const environment = {
		DATABASE_URL: database.url,
		PORT: String(await findFreePort()),
		AI_WEBHOOK_URL: standIn().ai.url('late', { delay: 2_000 }),
	};
	let server = await startServer(environment);
	onTestFinished(async () => {
		server.signal('SIGKILL');
		await client.end();
		await database.drop();
	});
	const key = await createSiteAt(server.url, 'Hung', {
		connector: { type: 'n8n', url: standIn().ai.url('never-answers'), auth_header: null },
	});
	await client.query(
		`insert into chat_sessions (public_id, site_id, is_awaiting_reply, created_at, last_activity_at)
		select 'session_' || md5(random()::text || n), (select id from sites where key = $1), true, at, at
		from generate_series(1, $2::int) n, lateral (select now() - interval '1 minute' as at) x`,
		[key, HUNG_CHATS],
	);

	const visitors = Array.from(
		{ length: HEALTHY_CHATS },
		() => new Visitor(server.url, { lines: [`We need a new roof ${randomUUID()}`] }),
	);
	onTestFinished(() => visitors.forEach((visitor) => visitor.disconnect()));
	const listCalls = () =>
		standIn().ai.recorder.requests.filter(({ body }) => body.includes('a new roof'));
	await vi.waitFor(() => expect(listCalls()).toHaveLength(HEALTHY_CHATS));
	server.signal('SIGKILL');
	await server.exited;
	server = await startServer(environment);
	await vi.waitFor(
		async () => {
			for (const visitor of visitors) {
				const { messages } = await readTranscript(server.url, visitor.session_id);
				expect(messages.at(-1)).toMatchObject({ sender: 'ai', is_fallback: false });
				expect(messages).toHaveLength(3);
			}
		},
		{ timeout: 90_000, interval: 500 },
	);
	// The hung site's queue still exists, and /metrics reports it.
	const text = await (await fetch(`${server.url}/metrics`)).text();
	expect(text).toMatch(new RegExp(`^frontdesk_turns_queued\\{site="${key}"\\} [1-9]`, 'm'));
});
