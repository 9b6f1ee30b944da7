import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
	createBodyBudget,
	MAX_NETWORK_BYTES,
	MAX_TOTAL_BYTES,
	SMALL_BODY_BYTES,
} from './bodies.ts';

const MIB = 1024 * 1024;
const DIRECT = { isRateLimited: true, trustProxy: undefined };

function createRequest(
	headers: IncomingMessage['headers'],
	{ url = '/api/sites', remoteAddress = '192.0.2.1' } = {},
): IncomingMessage {
	const request = Object.assign(new EventEmitter(), { url, headers, socket: { remoteAddress } });
	return request as unknown as IncomingMessage;
}
const createSizedRequest = (bytes: number, remoteAddress?: string) =>
	createRequest({ 'content-length': String(bytes) }, remoteAddress ? { remoteAddress } : {});

describe('bodies that are still arriving', () => {
	it('share a limit per network, until each has arrived or its connection has closed', () => {
		const admit = createBodyBudget(DIRECT);
		const requests = Array.from({ length: MAX_NETWORK_BYTES / MIB }, () => createSizedRequest(MIB));
		for (const request of requests) expect(admit(request)).toBeUndefined();
		expect(admit(createSizedRequest(MIB))).toMatchObject({ code: 'rate_limited' });
		expect(admit(createSizedRequest(MIB, '198.51.100.7'))).toBeUndefined();

		requests[0]?.emit('end');
		requests[0]?.emit('close');
		expect(admit(createSizedRequest(MIB))).toBeUndefined();
		expect(admit(createSizedRequest(MIB))).toMatchObject({ code: 'rate_limited' });
		requests[1]?.emit('close');
		expect(admit(createSizedRequest(MIB))).toBeUndefined();
	});

	it('share a limit for all networks, which small ones are exempt from', () => {
		const admit = createBodyBudget(DIRECT);
		for (let i = 0; i < MAX_TOTAL_BYTES / MIB; i++) {
			expect(admit(createSizedRequest(MIB, `192.0.2.${i}`))).toBeUndefined();
		}
		expect(admit(createSizedRequest(MIB))).toMatchObject({ code: 'unavailable' });
		for (let i = 0; i < 3_000; i++)
			expect(admit(createSizedRequest(SMALL_BODY_BYTES))).toBeUndefined();
	});

	it('count as the largest body of their path without a declared length', () => {
		const admit = createBodyBudget(DIRECT);
		const chunked = () => createRequest({ 'transfer-encoding': 'chunked' });
		for (let i = 0; i < MAX_NETWORK_BYTES / MIB; i++) expect(admit(chunked())).toBeUndefined();
		expect(admit(chunked())).toMatchObject({ code: 'rate_limited' });
	});

	it('count for the client behind a trusted proxy', () => {
		const admit = createBodyBudget({ isRateLimited: true, trustProxy: 'loopback' });
		const from = (client: string) =>
			createRequest(
				{ 'content-length': String(MIB), 'x-forwarded-for': client },
				{ remoteAddress: '127.0.0.1' },
			);
		for (let i = 0; i < MAX_NETWORK_BYTES / MIB; i++)
			expect(admit(from('192.0.2.1'))).toBeUndefined();
		expect(admit(from('192.0.2.1'))).toMatchObject({ code: 'rate_limited' });
		expect(admit(from('192.0.2.2'))).toBeUndefined();
	});
});
