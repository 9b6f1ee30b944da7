import { EventEmitter } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { useTestApp } from '../../../../tests/support/app.ts';
import { RATE_LIMITS } from '../core/rate-limits.ts';
import { Connections, MAX_CONNECTIONS, MAX_FRAMES } from './connections.ts';

const t = useTestApp({ RATE_LIMIT: 'on', TRUST_PROXY: 'true' });

function requestFrom(address: string) {
	const request = new IncomingMessage(new Socket());
	request.headers['x-forwarded-for'] = address;
	return request;
}

it('limits the open connections of one network until one closes', async () => {
	const connections = new Connections(t.app);
	const request = requestFrom('203.0.113.1');
	const closeFunctions = Array.from({ length: MAX_CONNECTIONS }, () =>
		connections.trackConnection(request),
	);
	expect(await connections.findRefusal(request)).toBe('too many connections');
	expect(await connections.findRefusal(requestFrom('203.0.113.2'))).toBeUndefined();
	closeFunctions[0]?.();
	expect(await connections.findRefusal(request)).toBeUndefined();
});

it('limits how many connections one network opens per minute', async () => {
	const connections = new Connections(t.app);
	const request = requestFrom('203.0.113.3');
	const attempts = Array.from({ length: RATE_LIMITS.socket.points + 1 }, () =>
		connections.findRefusal(request),
	);
	expect((await Promise.all(attempts)).filter((refusal) => refusal !== undefined)).toHaveLength(1);
	expect(await connections.findRefusal(requestFrom('203.0.113.4'))).toBeUndefined();
});

it('disconnects a client that sends too many frames at once, but no other after the system clock was set back', () => {
	vi.useFakeTimers({ toFake: ['Date', 'performance'] });
	onTestFinished(() => void vi.useRealTimers());
	const connections = new Connections(t.app);
	const connect = () => {
		const close = vi.fn();
		const client = Object.assign(new EventEmitter(), {
			request: requestFrom('203.0.113.5'),
			close,
		});
		connections.watch(client);
		const send = (frames: number) => {
			for (let n = 0; n < frames; n += 1) client.emit('packet', { data: '2["typing:set",{}]' });
		};
		return { close, send };
	};
	const busy = connect();
	const flooding = connect();
	vi.setSystemTime(Date.now() - 3_600_000);
	for (let minute = 0; minute < 3; minute += 1) {
		busy.send(MAX_FRAMES / 2);
		vi.advanceTimersByTime(60_000);
	}
	flooding.send(2 * MAX_FRAMES + 2);
	expect(busy.close).not.toHaveBeenCalled();
	expect(flooding.close).toHaveBeenCalled();
});
