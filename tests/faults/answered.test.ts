import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { sendMessageResult } from '#lib/contract/widget.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { API_KEY } from '../support/server-api.ts';
import { connectWidget } from '../support/live-client.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const CHATS_PER_DOOR = 30;
const AT_ONCE = 15;
const MESSAGES = 4;
const standIn = useStandIn();
const server = useBuiltServer(() => ({
	AI_WEBHOOK_URL: standIn().ai.url('late', { delay: 60 }),
}));

/** The marks of all acknowledged messages. */
const acknowledged = new Set<string>();
let marks = 0;
const nextMark = () => `#m${(marks += 1)}#`;

/** Sends several messages in quick succession, with or without waiting for acknowledgements. */
async function sendQuickly(send: (message: string) => Promise<unknown>): Promise<void> {
	const sent: Promise<unknown>[] = [];
	for (let n = 0; n < MESSAGES; n += 1) {
		const mark = nextMark();
		// A message with contact data is stored in its own transaction.
		const contact = n % 2 === 1 ? ` write to visitor${marks}@example.com` : '';
		const ack = send(`${mark}${contact}`).then(() => acknowledged.add(mark));
		sent.push(ack);
		if (Math.random() < 0.4) await ack;
	}
	await Promise.all(sent);
}

/** Starts sending immediately, so that the first message races the greeting. */
async function bySocket(): Promise<void> {
	const visitor = connectWidget(server.url, { site: 'default', client_session_id: randomUUID() });
	await visitor.waitForEvent('session.started');
	await sendQuickly((message) =>
		visitor.request('message:send', { message, client_message_id: randomUUID() }),
	);
	visitor.socket.disconnect();
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
	const response = await fetch(`${server.url}/api${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
	});
	if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
	return (await response.json()) as Record<string, unknown>;
}

async function byHttp(): Promise<void> {
	const { session_id, token } = await post('/embed-chat/sessions', { site: 'default' });
	await sendQuickly(async (message) => {
		const client_message_id = randomUUID();
		const input = { session_id, token, message, client_message_id };
		const result = sendMessageResult.parse(await post('/embed-chat/send-message', input));
		expect(result.response).toEqual(expect.any(String));
	});
}

/** Another system answers ingested messages, so they reach the AI with the visitor's next message. */
async function byIngest(): Promise<void> {
	const { session_id, token } = await post('/embed-chat/sessions', { site: 'default' });
	await sendQuickly((message) =>
		post(
			`/sessions/${String(session_id)}/messages`,
			{ external_id: randomUUID(), sender: 'visitor', message },
			{ 'x-api-key': API_KEY },
		),
	);
	const mark = nextMark();
	await post('/embed-chat/send-message', { session_id, token, message: mark });
	acknowledged.add(mark);
}

async function repeat(work: () => Promise<void>): Promise<void> {
	let left = CHATS_PER_DOOR;
	const worker = async () => {
		while (left-- > 0) await work();
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

it('gives the AI every acknowledged message from every door, once, under quick fire', async () => {
	await Promise.all([repeat(bySocket), repeat(byHttp), repeat(byIngest)]);
	expect(acknowledged.size).toBe(CHATS_PER_DOOR * (3 * MESSAGES + 1));
	await vi.waitFor(
		async () => {
			const text = await (await fetch(`${server.url}/metrics`)).text();
			expect(text).toMatch(/^frontdesk_oldest_unanswered_message_age_seconds 0$/m);
		},
		{ interval: 600 },
	);
	const calls = standIn().ai.recorder.requests.map((request) => {
		return request.json() as { action: string; message: string; turn_id: string };
	});
	const given = calls.flatMap(({ message }) => message.match(/#m\d+#/g) ?? []);
	expect([...acknowledged].filter((mark) => !given.includes(mark))).toEqual([]);
	expect(given.length).toBe(new Set(given).size);
	expect(calls.filter(({ action, message }) => action === 'message' && message === '')).toEqual([]);
});
