import { describe, expect, it, vi } from 'vitest';
import {
	createProxyWarning,
	resolveClientAddress,
	compileTrust,
	toNetwork,
} from './client-address.ts';

const FORWARDED = '198.51.100.7, 203.0.113.1, 10.0.0.2';
const resolve = (
	trustProxy: string | undefined,
	forwarded: string | undefined,
	socket = '127.0.0.1',
) => resolveClientAddress({ trustProxy }, socket, forwarded);

describe('the address of a client', () => {
	it('is the socket’s unless a proxy is trusted', () => {
		expect(resolve(undefined, FORWARDED)).toBe('127.0.0.1');
		expect(resolve('false', FORWARDED)).toBe('127.0.0.1');
		expect(resolve('true', undefined)).toBe('127.0.0.1');
		expect(resolve(undefined, undefined, '::ffff:192.0.2.1')).toBe('192.0.2.1');
	});

	it.each([
		['0', '127.0.0.1'],
		['1', '10.0.0.2'],
		['2', '203.0.113.1'],
		['9', '198.51.100.7'],
		['true', '198.51.100.7'],
		['loopback', '10.0.0.2'],
		['loopback, uniquelocal', '203.0.113.1'],
		['127.0.0.1,10.0.0.0/8', '203.0.113.1'],
		['10.0.0.0/8', '127.0.0.1'],
		['loopback,10.0.0.2,203.0.113.1', '198.51.100.7'],
	])('with TRUST_PROXY=%s is %s', (trustProxy, address) => {
		expect(resolve(trustProxy, FORWARDED)).toBe(address);
	});

	it('ignores entries that a client adds before that of a trusted proxy', () => {
		expect(resolve('1', '1.1.1.1, 203.0.113.9')).toBe('203.0.113.9');
		expect(resolve('loopback', 'unknown')).toBe('127.0.0.1');
		expect(resolve('true', '1.1.1.1, <script>, 203.0.113.9')).toBe('203.0.113.9');
	});

	it('is parsed without its port, brackets and IPv4 mapping', () => {
		expect(resolve('1', '203.0.113.9:1234')).toBe('203.0.113.9');
		expect(resolve('1', '[2001:db8::1]:1234')).toBe('2001:db8::1');
		expect(resolve('1', '::ffff:203.0.113.9')).toBe('203.0.113.9');
		expect(resolve('loopback', '203.0.113.9', '::1')).toBe('203.0.113.9');
	});

	it('maps to its /64 network if it is an IPv6 address', () => {
		expect(toNetwork('203.0.113.9')).toBe('203.0.113.9');
		expect(toNetwork('2001:db8:1:2:3::4')).toBe(toNetwork('2001:db8:1:2:ffff::'));
		expect(toNetwork('2001:db8:1:2::')).not.toBe(toNetwork('2001:db8:1:3::'));
	});
});

it.each(['nonsense', '10.0.0.0/99', '127.0.0.1;10.0.0.1', '1.2.3.4,', '-1'])(
	'TRUST_PROXY=%s is rejected',
	(value) => {
		expect(() => compileTrust(value)).toThrow();
	},
);

describe('a proxy that TRUST_PROXY does not name', () => {
	type Request = Parameters<ReturnType<typeof createProxyWarning>>[0];
	const countWarnings = (
		config: Parameters<typeof createProxyWarning>[0],
		remoteAddress: string,
		headers: Record<string, string> = { 'x-forwarded-for': '203.0.113.1' },
	) => {
		const warn = vi.fn();
		const check = createProxyWarning(config, { warn });
		for (let n = 0; n < 3; n += 1) check({ headers, socket: { remoteAddress } } as Request);
		return warn.mock.calls.length;
	};
	it.each([
		[undefined, '127.0.0.1', 1],
		[undefined, '::1', 1],
		[undefined, '::ffff:172.18.0.5', 1],
		['loopback', '172.18.0.5', 1],
		['loopback', '127.0.0.1', 0],
		['1', '10.0.0.2', 0],
		['false', '127.0.0.1', 0],
		// Any client can send the header.
		[undefined, '203.0.113.9', 0],
	])('is logged at most once: TRUST_PROXY=%s, %s', (trustProxy, address, warnings) => {
		expect(countWarnings({ trustProxy, isRateLimited: true }, address)).toBe(warnings);
	});
	it('is not logged without the header, or without rate limits', () => {
		const config = { trustProxy: undefined, isRateLimited: true };
		expect(countWarnings(config, '127.0.0.1', {})).toBe(0);
		expect(countWarnings({ ...config, isRateLimited: false }, '127.0.0.1')).toBe(0);
	});
});
