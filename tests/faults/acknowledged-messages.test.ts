import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { sendMessageResult } from '#lib/contract/widget.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { API_KEY } from '../support/server-api.ts';
import { openWidget, RequestError } from '../support/live-client.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const CHATS_PER_DOOR = 30;
const CONCURRENCY = 15;
const MESSAGES_PER_CHAT = 4;
const standIn = useStandIn();
const server = useBuiltServer(() => ({
	AI_WEBHOOK_URL: standIn().ai.url('late', { delay: 60 }),
}));

/** The marks of all acknowledged messages. */
const acknowledged = new Set<string>();
let marks = 0;
const createMark = () => `#m${(marks += 1)}#`;

/** Sends several messages in quick succession, with or without waiting for acknowledgements. */
async function sendQuickly(send: (message: string) => Promise<unknown>): Promise<void> {
	const sent: Promise<unknown>[] = [];
	for (let n = 0; n < MESSAGES_PER_CHAT; n += 1) {
		const mark = createMark();
		// A message with contact data is stored in its own transaction.
		const contact = n % 2 === 1 ? ` write to visitor${marks}@example.com` : '';
		const ack = send(`${mark}${contact}`).then(() => acknowledged.add(mark));
		sent.push(ack);
		if (Math.random() < 0.4) await ack;
	}
	await Promise.all(sent);
}

/** Sends again, with the same id, while the server is overloaded, as clients do. */
async function sendUntilAvailable(
	visitor: ReturnType<typeof openWidget>,
	message: string,
): Promise<unknown> {
	const input = { message, client_message_id: randomUUID() };
	for (;;) {
		try {
			return await visitor.request('message:send', input);
		} catch (error) {
			if (!(error instanceof RequestError) || error.code !== 'unavailable') throw error;
		}
	}
}

/** Chats over a socket. Starts sending immediately, so that the first message races the greeting. */
async function chatBySocket(): Promise<void> {
	const visitor = openWidget(server.url, { site: 'default', client_session_id: randomUUID() });
	await visitor.waitForEvent('session.started');
	await sendQuickly((message) => sendUntilAvailable(visitor, message));
	visitor.socket.disconnect();
}

async function post(
	path: string,
	body: unknown,
	headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
	const response = await fetch(`${server.url}/api${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
	});
	if (response.status === 503) return post(path, body, headers);
	if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
	return (await response.json()) as Record<string, unknown>;
}

async function chatByHttp(): Promise<void> {
	const { session_id, token } = await post('/embed-chat/sessions', { site: 'default' });
	await sendQuickly(async (message) => {
		const client_message_id = randomUUID();
		const input = { session_id, token, message, client_message_id };
		const result = sendMessageResult.parse(await post('/embed-chat/send-message', input));
		expect(result.response).toEqual(expect.any(String));
	});
}

/** Ingests messages. Another system answers those, so they reach the AI with the visitor's next message. */
async function chatByIngest(): Promise<void> {
	const { session_id, token } = await post('/embed-chat/sessions', { site: 'default' });
	await sendQuickly((message) =>
		post(
			`/sessions/${String(session_id)}/messages`,
			{ external_id: randomUUID(), sender: 'visitor', message },
			{ 'x-api-key': API_KEY },
		),
	);
	const mark = createMark();
	await post('/embed-chat/send-message', { session_id, token, message: mark });
	acknowledged.add(mark);
}

async function repeat(work: () => Promise<void>): Promise<void> {
	let remaining = CHATS_PER_DOOR;
	const worker = async () => {
		while (remaining-- > 0) await work();
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

it('gives the AI every acknowledged message from every door once, even if visitors write quickly', async () => {
	await Promise.all([repeat(chatBySocket), repeat(chatByHttp), repeat(chatByIngest)]);
	expect(acknowledged.size).toBe(CHATS_PER_DOOR * (3 * MESSAGES_PER_CHAT + 1));
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
	const received = calls.flatMap(({ message }) => message.match(/#m\d+#/g) ?? []);
	expect([...acknowledged].filter((mark) => !received.includes(mark))).toEqual([]);
	expect(received.length).toBe(new Set(received).size);
	expect(calls.filter(({ action, message }) => action === 'message' && message === '')).toEqual([]);
});
