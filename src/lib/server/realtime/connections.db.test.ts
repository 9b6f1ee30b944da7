import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { useTestApp } from '../../../../tests/support/app.ts';
import { RATE_LIMITS } from '../core/rate-limits.ts';
import { Connections, MAX_CONNECTIONS } from './connections.ts';

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
