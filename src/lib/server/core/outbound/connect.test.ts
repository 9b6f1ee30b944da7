import { describe, expect, it } from 'vitest';
import { canConnect } from './connect.ts';

const PUBLIC = ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'];
const PRIVATE = [
	'10.0.0.1',
	'172.16.3.4',
	'192.168.1.1',
	'100.64.0.1',
	'127.0.0.1',
	'127.9.9.9',
	'::1',
	'fd12:3456::1',
	'::ffff:7f00:1',
	'::ffff:10.0.0.1',
];
const RESERVED = [
	'0.0.0.0',
	'0.1.2.3',
	'::',
	'169.254.169.254',
	'::ffff:169.254.169.254',
	'168.63.129.16',
	'100.100.100.200',
	'fd00:ec2::254',
	'fd00:ec2::23',
	'fd20:ce::254',
	'fd00:c1::a9fe:a9fe',
	'fd00:42::42',
	'fe80::1',
	'fe80::1%eth0',
	'fec0::1',
	'224.0.0.1',
	'239.255.255.250',
	'ff02::1',
	'240.0.0.1',
	'255.255.255.255',
	'192.0.0.192',
	'192.0.2.1',
	'198.18.0.1',
	'198.51.100.1',
	'203.0.113.1',
	'2001:db8::1',
	'2002:7f00:1::',
	'2001:0:4136:e378::1',
	'64:ff9b::7f00:1',
	'64:ff9b::a9fe:a9fe',
	'64:ff9b::a00:1',
	'64:ff9b:1::a00:1',
	'::ffff:0:7f00:1',
	'::7f00:1',
	'100::1',
	'5f00::1',
];

describe('canConnect', () => {
	it.each(PUBLIC)('always allows %s', (address) => {
		expect(canConnect(address, false)).toBe(true);
		expect(canConnect(address, true)).toBe(true);
	});

	it.each(PRIVATE)('allows %s only with `allowPrivate`', (address) => {
		expect(canConnect(address, false)).toBe(false);
		expect(canConnect(address, true)).toBe(true);
	});

	it.each(RESERVED)('never allows %s', (address) => {
		expect(canConnect(address, false)).toBe(false);
		expect(canConnect(address, true)).toBe(false);
	});
});
