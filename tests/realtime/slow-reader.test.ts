import { randomBytes } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { RawSocket } from '../support/raw-socket.ts';
import { useTestServer } from '../support/server.ts';

const server = useTestServer();
const started = z.tuple([z.string(), z.object({ session_id: z.string() })]);

it('disconnects a client that stops reading before its queue grows, and no other client', async () => {
	const slow = await RawSocket.join(server.url);
	const frame = await slow.waitForFrame((text) => text.includes('session.started'));
	const [, { session_id }] = started.parse(JSON.parse(frame.slice(frame.indexOf('['))));
	const { visitor, session_id: other } = await server.startChat();
	const warn = vi.spyOn(server.app.log, 'warn');
	const isCutOff = () =>
		warn.mock.calls.some(([, message]) => message === 'disconnected a slow reader');
	slow.pause();
	// Few large packets, because the limit is in bytes.
	const text = randomBytes(48 * 1024).toString('base64');
	const reply_id = crypto.randomUUID();
	const publish = (to: string, seq: number, words: string) =>
		server.app.events.publish({
			name: 'reply.delta',
			payload: { session_id: to, reply_id, seq, text: words },
		});
	let seq = 0;
	await vi.waitFor(
		() => {
			for (let n = 0; n < 20; n += 1) publish(session_id, (seq += 1), text);
			expect(isCutOff()).toBe(true);
		},
		{ interval: 100 },
	);
	// Well before a limit on the number of packets would apply.
	expect(seq).toBeLessThan(3_000);
	publish(other, 0, 'Hello');
	await visitor.waitForEvent('reply.delta', (event) => event.text === 'Hello');
	slow.resume();
	await slow.waitForClose();
	expect(slow.isOpen).toBe(false);
});
