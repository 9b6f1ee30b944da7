import { randomBytes } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { RawSocket } from '../support/raw-socket.ts';
import { useTestServer } from '../support/server.ts';

const server = useTestServer();
const started = z.tuple([z.string(), z.object({ session_id: z.string() })]);

it('a client that does not read is cut off before much waits for it, and nobody else is', async () => {
	const deaf = await RawSocket.join(server.url);
	const frame = await deaf.waitForFrame((text) => text.includes('session.started'));
	const [, { session_id }] = started.parse(JSON.parse(frame.slice(frame.indexOf('['))));
	const { visitor, session_id: other } = await server.chat();
	const warn = vi.spyOn(server.app.log, 'warn');
	const isCutOff = () => warn.mock.calls.some(([, said]) => said === 'a slow reader was cut off');
	deaf.pause();
	// Few and large: what counts is not how many wait.
	const text = randomBytes(48 * 1024).toString('base64');
	const reply_id = crypto.randomUUID();
	const tell = (to: string, seq: number, words: string) =>
		server.app.events.publish({
			name: 'reply.delta',
			payload: { session_id: to, reply_id, seq, text: words },
		});
	let seq = 0;
	await vi.waitFor(
		() => {
			for (let n = 0; n < 20; n += 1) tell(session_id, (seq += 1), text);
			expect(isCutOff()).toBe(true);
		},
		{ timeout: 40_000, interval: 100 },
	);
	// Long before so many wait that their number alone would be too much.
	expect(seq).toBeLessThan(3_000);
	tell(other, 0, 'Hello');
	await visitor.waitForEvent('reply.delta', (event) => event.text === 'Hello');
	deaf.resume();
	await deaf.closed();
	expect(deaf.isOpen).toBe(false);
});
