import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { RATE_LIMITS } from '#lib/server/core/rate-limits.ts';
import { MAX_FRAMES } from '#lib/server/realtime/connections.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer({ RATE_LIMIT: 'on' });

const createMessage = () => ({ message: 'Hello', client_message_id: randomUUID() });

/** Counts how many requests were accepted and how many were rate-limited. */
async function countAnswers(answers: Promise<string>[]) {
	const all = await Promise.all(answers);
	return {
		accepted: all.filter((code) => code === 'accepted').length,
		limited: all.filter((code) => code === 'rate_limited').length,
	};
}

const { points } = RATE_LIMITS.chat;
const expected = { accepted: points, limited: 5 };
const repeat = <T>(count: number, send: () => Promise<T>) => Array.from({ length: count }, send);

it('limits each kind of request per visitor, without affecting others', async () => {
	const [{ visitor }, { visitor: other }] = [await t.startChat(), await t.startChat()];
	for (const [name, payload] of [
		['message:send', createMessage],
		['typing:set', () => ({ is_typing: true })],
		['page:set', () => ({ page_url: 'https://shop.example/' })],
		['visitor:identify', () => ({ name: 'Maya' })],
	] as const) {
		const codes = repeat(points + 5, () => visitor.getErrorCode(name, payload()));
		expect(await countAnswers(codes)).toEqual(expected);
	}
	expect(await other.getErrorCode('message:send', createMessage())).toBe('accepted');
	expect(await other.getErrorCode('history:after', { after: 0 })).toBe('accepted');
});

it('disconnects a socket that sends too many frames', async () => {
	const socket = await RawSocket.join(t.url);
	for (let sent = 0; sent <= MAX_FRAMES; sent += 1) socket.send('42/widget,["typing:set",{}]');
	await socket.waitForClose();
	expect(socket.isOpen).toBe(false);
	expect((await t.startChat()).session_id).toMatch(/^session_/);
});

it('stops an address that guesses API keys', async () => {
	const tries = repeat(RATE_LIMITS.failed_authentication.points + 1, () =>
		t.openAgent({ api_key: 'fd_guessed' }).waitForHandshakeError(),
	);
	const answers = await Promise.all(tries);
	expect(new Set(answers)).toEqual(new Set(['unauthorized', 'rate_limited']));
});

it('refuses an address more chat sessions, but keeps its existing ones', async () => {
	const { session_id, token } = await t.startChat();
	const { points: starts } = RATE_LIMITS.start;
	const start = () =>
		t
			.openWidget()
			.waitForHandshakeError()
			.catch(() => 'accepted');
	const codes = repeat(starts, start);
	const { accepted, limited } = await countAnswers(codes);
	expect(limited).toBeGreaterThan(0);
	expect(accepted + limited).toBe(starts);
	await t.openWidget({ session_id, token }).waitForEvent('session.started');
});
