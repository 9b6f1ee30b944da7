import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { useTestApp } from '../../../../tests/support/app.ts';
import { RATE_LIMITS } from '../core/rate-limits.ts';
import { Connections, MOST_OPEN } from './connections.ts';

const t = useTestApp({ RATE_LIMIT: 'on', TRUST_PROXY: 'true' });

function requestFrom(address: string) {
	const request = new IncomingMessage(new Socket());
	request.headers['x-forwarded-for'] = address;
	return request;
}

it('one network has so many connections open and no more, until one is closed', async () => {
	const connections = new Connections(t.app);
	const here = requestFrom('203.0.113.1');
	const closings = Array.from({ length: MOST_OPEN }, () => connections.opened(here));
	expect(await connections.refusal(here)).toBe('too many connections');
	expect(await connections.refusal(requestFrom('203.0.113.2'))).toBeUndefined();
	closings[0]?.();
	expect(await connections.refusal(here)).toBeUndefined();
});

it('one network opens so many connections a minute and no more', async () => {
	const connections = new Connections(t.app);
	const here = requestFrom('203.0.113.3');
	const asked = Array.from({ length: RATE_LIMITS.socket.points + 1 }, () =>
		connections.refusal(here),
	);
	expect((await Promise.all(asked)).filter((refusal) => refusal !== undefined)).toHaveLength(1);
	expect(await connections.refusal(requestFrom('203.0.113.4'))).toBeUndefined();
});
