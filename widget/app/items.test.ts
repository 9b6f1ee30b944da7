import { describe, expect, it } from 'vitest';
import { buildLogItems } from './items.ts';
import type { PendingMessage } from './outbox.ts';
import { createMessage } from './test-factories.ts';

const DAY = 86_400_000;
const toDay = (at: number) => Math.floor(at / DAY) * DAY;
const pending = (values: Partial<PendingMessage> = {}): PendingMessage => ({
	client_message_id: 'p1',
	message: 'Hi',
	written_at: 0,
	state: 'sending',
	...values,
});
const build = (input: Partial<Parameters<typeof buildLogItems>[0]>) =>
	buildLogItems({ messages: [], notes: [], unsent: [], isOnline: true, toDay, ...input });
const states = (items: ReturnType<typeof build>) =>
	items.flatMap((item) => (item.type === 'message' ? [item.state] : []));

describe('the log', () => {
	it('starts each day with its name', () => {
		const items = build({
			messages: [
				createMessage({ id: 1, timestamp: '2026-11-22T23:00:00.000Z' }),
				createMessage({ id: 2, timestamp: '2026-11-23T01:00:00.000Z' }),
				createMessage({ id: 3, timestamp: '2026-11-23T02:00:00.000Z' }),
			],
		});
		expect(items.map(({ type }) => type)).toEqual(['day', 'message', 'day', 'message', 'message']);
	});

	it('groups consecutive messages from one sender', () => {
		const items = build({
			messages: [
				createMessage({ id: 1, sender: 'ai' }),
				createMessage({ id: 2, sender: 'ai' }),
				createMessage({ id: 3, sender: 'agent', author: 'Anna' }),
				createMessage({ id: 4, sender: 'agent', author: 'Ben' }),
			],
		});
		const firsts = items.flatMap((item) => (item.type === 'message' ? [item.isFirst] : []));
		expect(firsts).toEqual([true, false, true, true]);
	});

	it('shows "sent" only at the last sent message, and separates failed messages', () => {
		const items = build({
			messages: [
				createMessage({ id: 1 }),
				createMessage({ id: 2 }),
				createMessage({ id: 3, sender: 'ai' }),
				createMessage({ id: 4 }),
			],
			unsent: [pending({ state: 'failed' })],
		});
		expect(states(items)).toEqual(['none', 'none', 'none', 'sent', 'failed']);
	});

	it.each([
		[{}, true],
		[{ isRateLimited: true }, false],
		[{ isChatFull: true }, false],
	])('offers to resend a failed message, given %j: %s', (reason, canRetry) => {
		const items = build({ unsent: [pending({ state: 'failed', ...reason })] });
		expect(items.at(-1)).toMatchObject({ state: 'failed', canRetry });
	});

	it('distinguishes messages waiting for the connection from those being sent', () => {
		expect(states(build({ unsent: [pending()] }))).toEqual(['sending']);
		expect(states(build({ unsent: [pending()], isOnline: false }))).toEqual(['waiting']);
	});

	it('keeps a message’s key when it is confirmed, so that it stays in place', () => {
		const [before] = build({ unsent: [pending()] }).slice(-1);
		const [after] = build({ messages: [createMessage({ id: 9, client_message_id: 'p1' })] }).slice(
			-1,
		);
		expect(before?.key).toBe(after?.key);
	});

	it('places notes after the message they followed', () => {
		const items = build({
			messages: [
				createMessage({ id: 1 }),
				createMessage({ id: 2, sender: 'system', message: 'Closed' }),
			],
			notes: [{ after: 1, text: 'Anna joined' }],
		});
		expect(items.map(({ type }) => type)).toEqual(['day', 'message', 'note', 'note']);
	});
});
