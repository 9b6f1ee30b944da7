// @module-tag thorough
import { once } from 'node:events';
import { connect } from 'node:net';
import { sql } from 'drizzle-orm';
import { expect, it, vi } from 'vitest';
import { API_KEY } from '../support/server-api.ts';
import { useTestServer } from '../support/server.ts';

const CHATS = 30_000;
const server = useTestServer();

it('a slow download pauses the server’s reads instead of filling its memory, and completes', async () => {
	// More data than all buffers on the way can hold.
	await server.app.db.execute(sql`
		insert into chat_sessions (public_id, site_id, context)
		select 'session_slow_' || n, (select id from sites limit 1),
			jsonb_build_object('page_url', 'https://example.com/' || repeat('x', 1500)) from generate_series(1, ${CHATS}) n`);
	const reads = vi.spyOn(server.app.db, 'select');
	const { port } = new URL(server.url);
	const socket = connect(Number(port), '127.0.0.1');
	await once(socket, 'connect');
	socket.pause();
	socket.write(
		`GET /api/sessions.csv HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${API_KEY}\r\nConnection: close\r\n\r\n`,
	);
	await vi.waitFor(() => expect(reads.mock.calls.length).toBeGreaterThan(2));
	// The server stops reading from the database while it answers other requests.
	let before = -1;
	while (before !== reads.mock.calls.length) {
		before = reads.mock.calls.length;
		for (let n = 0; n < 40; n += 1) {
			expect((await fetch(`${server.url}/api/openapi.json`)).status).toBe(200);
		}
	}
	// Two queries per 500 chats.
	expect(before).toBeLessThan((CHATS / 500) * 2);

	const names = new Set<string>();
	let lines = 0;
	let rest = '';
	for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) {
		const parts = (rest + chunk).split('\r\n');
		rest = parts.pop() ?? '';
		for (const line of parts.filter((part) => part.startsWith('session_slow_'))) {
			lines += 1;
			names.add(line.split(',')[0] ?? '');
		}
	}
	expect([lines, names.size]).toEqual([CHATS, CHATS]);
});
