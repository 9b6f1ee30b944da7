import { expect, it } from 'vitest';
import { updateSession } from '#lib/server/conversations/sessions/index.ts';
import { createNote } from '#lib/server/conversations/notes/index.ts';
import { deliveries } from '#lib/server/core/db/schema/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { API_KEY } from '../support/server-api.ts';
import { useTestServer } from '../support/server.ts';

const server = useTestServer();
const SECRET = 'cousin of the owner';

it('sends a note to agents live, and to no visitor or webhook through any door', async () => {
	const { visitor, session_id, token } = await server.startChat();
	const agent = await server.connectAgent();
	await createEndpoint(server.ctx(), {
		site: 'default',
		url: 'http://127.0.0.1:9/leads',
		events: ['lead.completed'],
	});
	await createNote(server.ctx(), session_id, { note: SECRET });
	const { note } = await agent.waitForEvent(
		'note.created',
		(event) => event.session_id === session_id,
	);
	expect(note.note).toBe(SECRET);

	await updateSession(server.ctx(), session_id, { completion_status: 'complete' });
	await visitor.waitForEvent(
		'session.updated',
		({ session }) => session.completion_status === 'complete',
	);
	const { messages } = await visitor.request('history:after', { after: 0 });
	const again = server.openWidget({ session_id, token });
	await again.waitForEvent('session.started');
	const history = await fetch(`${server.url}/api/embed-chat/history?session_id=${session_id}`, {
		headers: { Authorization: `Bearer ${token}` },
	});
	const stream = await fetch(`${server.url}/api/embed-chat/send-message`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
		body: JSON.stringify({ session_id, token, message: 'Hello again' }),
	});
	const conversation = await fetch(`${server.url}/api/conversation/${session_id}`, {
		headers: { 'X-API-Key': API_KEY },
	});
	const payloads = await server.app.db.select().from(deliveries);
	expect(payloads.length).toBeGreaterThan(0);
	const visible = JSON.stringify([
		visitor.received,
		again.received,
		messages,
		await history.text(),
		await stream.text(),
		await conversation.text(),
		payloads,
	]);
	expect(visible).toContain('Hello again');
	expect(visible).not.toContain(SECRET);
	expect([...visitor.received, ...again.received].map(({ name }) => name)).not.toContain(
		'note.created',
	);
	expect([...visitor.violations, ...agent.violations]).toEqual([]);
});
