import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { siteSettings } from '#lib/contract/site-settings.ts';
import { API_KEY } from '../support/api-key.ts';
import { createTestDatabase } from '../support/database.ts';
import { transcriptOf } from '../support/history.ts';
import { freePort, startServer } from '../support/process.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { Visitor } from '../support/visitor.ts';

const HUNG = 3_000;
const HEALTHY = 8;
const standIn = useStandIn();

it('healthy chats of a killed process are answered although thousands wait for an AI that hangs', async () => {
	const database = await createTestDatabase();
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	const environment = {
		DATABASE_URL: database.url,
		PORT: String(await freePort()),
		AI_WEBHOOK_URL: standIn().ai.url('late', { delay: 2_000 }),
	};
	let server = await startServer(environment);
	onTestFinished(async () => {
		server.signal('SIGKILL');
		await client.end();
		await database.drop();
	});
	const request = async (method: string, path: string, body: object) => {
		const headers = { 'x-api-key': API_KEY, 'content-type': 'application/json' };
		const init = { method, headers, body: JSON.stringify(body) };
		const response = await fetch(`${server.url}/api${path}`, init);
		return (await response.json()) as unknown;
	};
	const { key } = siteSettings.parse(await request('POST', '/sites', { name: 'Hung' }));
	await request('PATCH', `/sites/${key}`, {
		connector: { type: 'n8n', url: standIn().ai.url('never-answers'), auth_header: null },
	});
	await client.query(
		`insert into chat_sessions (public_id, site_id, is_awaiting_reply, created_at, last_activity_at)
		select 'session_' || md5(random()::text || n), (select id from sites where key = $1), true, at, at
		from generate_series(1, $2::int) n, lateral (select now() - interval '1 minute' as at) x`,
		[key, HUNG],
	);

	const visitors = Array.from(
		{ length: HEALTHY },
		() => new Visitor(server.url, { lines: [`We need a new roof ${randomUUID()}`] }),
	);
	onTestFinished(() => visitors.forEach((visitor) => visitor.leave()));
	const answering = () =>
		standIn().ai.recorder.requests.filter(({ body }) => body.includes('a new roof'));
	await vi.waitFor(() => expect(answering()).toHaveLength(HEALTHY), 60_000);
	server.signal('SIGKILL');
	await server.exited;
	server = await startServer(environment);
	await vi.waitFor(
		async () => {
			for (const visitor of visitors) {
				const { messages } = await transcriptOf(server.url, visitor);
				expect(messages.at(-1)).toMatchObject({ sender: 'ai', is_fallback: false });
				expect(messages).toHaveLength(3);
			}
		},
		{ timeout: 90_000, interval: 500 },
	);
	// The hung site's queue is still there, within its bounds, and /metrics tells.
	const text = await (await fetch(`${server.url}/metrics`)).text();
	expect(text).toMatch(new RegExp(`^frontdesk_turns_queued\\{site="${key}"\\} [1-9]`, 'm'));
}, 240_000);
