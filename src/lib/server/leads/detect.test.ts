import { describe, expect, test } from 'vitest';
import { detectContacts, findPhone } from './detect';

describe('detecting contacts', () => {
	test.each([
		['I am maya@hartmann.example.', { email: 'maya@hartmann.example' }],
		['<Maya@Hartmann.Example>, thanks', { email: 'maya@hartmann.example' }],
		["write to 'maya.h+roof@hart-mann.example'!", { email: 'maya.h+roof@hart-mann.example' }],
		['mailto:maya@hartmann.example', { email: 'maya@hartmann.example' }],
		['maya@müller.example', { email: 'maya@xn--mller-kva.example' }],
		['not@valid, but maya@hartmann.example', { email: 'maya@hartmann.example' }],
		['+49 (0)170 / 123 45-67', { phone: '+491701234567' }],
		['0049 170 1234567', { phone: '+491701234567' }],
		['call +1 (202) 555-0143 please', { phone: '+12025550143' }],
		['+49 170 1234567 2 weeks from now', { phone: '+491701234567' }],
		['＋４９ １７０ １２３４５６７', { phone: '+491701234567' }],
		[
			'maya@hartmann.example +4915112345678',
			{ email: 'maya@hartmann.example', phone: '+4915112345678' },
		],
	])('%j gives %j', (text, contacts) => {
		expect(detectContacts(text)).toEqual(contacts);
	});

	test.each([
		'maya@hartmann',
		'@maya',
		'a@b@c',
		'0170 1234567',
		'+12345',
		'+1234567890123456',
		'+0170 1234567',
		'a+4915112345678',
		'order 00012345678',
		'https://example.com/@maya',
		'',
	])('%j gives nothing', (text) => {
		expect(detectContacts(text)).toEqual({});
	});

	test('a number without its country counts only when it is asked for, and a date never', () => {
		expect(findPhone('0170 1234567')).toBeUndefined();
		expect(findPhone('0170 1234567', { local: true })?.value).toBe('01701234567');
		expect(findPhone('on 12.03.2027', { local: true })).toBeUndefined();
	});
});
