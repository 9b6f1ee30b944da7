import { describe, expect, it } from 'vitest';
import { changesState, dropsAuthCookie, isForeignSubresource, isAllowedOrigin } from './origin.ts';

const config = { publicUrl: 'https://desk.example.com' };

describe('isAllowedOrigin', () => {
	it.each([
		['the public URL', { origin: 'https://desk.example.com', host: '10.0.0.5:3000' }],
		['the requested host', { origin: 'http://192.168.1.7:3000', host: '192.168.1.7:3000' }],
		['a Referer where there is no Origin', { referer: 'https://desk.example.com/inbox' }],
	])('accepts %s', (_name, headers) => {
		expect(isAllowedOrigin(config, headers)).toBe(true);
		expect(isAllowedOrigin(config, new Headers(headers))).toBe(true);
	});

	it.each([
		['another site', { origin: 'https://evil.example', host: 'desk.example.com' }],
		['another port', { origin: 'http://localhost:8080', host: 'localhost:3000' }],
		['a subdomain', { origin: 'https://a.desk.example.com', host: 'desk.example.com' }],
		['a plain page of the host', { origin: 'http://desk.example.com', host: 'desk.example.com' }],
		[
			'a plain page of the host, on any port',
			{ origin: 'http://desk.example.com:3000', host: 'desk.example.com:3000' },
		],
		[
			'a plain page that is asked elsewhere',
			{ origin: 'http://desk.example.com', host: 'app:3000' },
		],
		['the host with another port', { origin: 'https://desk.example.com:8443', host: 'app:3000' }],
		['another scheme', { origin: 'ftp://desk.example.com', host: 'desk.example.com' }],
		['an extension', { origin: 'chrome-extension://desk', host: 'desk' }],
		['a host that starts with the same name', { origin: 'https://desk.example.com.evil.example' }],
		[
			'an opaque origin, whatever the Referer',
			{ origin: 'null', referer: 'https://desk.example.com/' },
		],
		['garbage', { origin: '::', host: 'desk.example.com' }],
		['a request without an Origin', { host: 'desk.example.com' }],
	])('rejects %s', (_name, headers) => {
		expect(isAllowedOrigin(config, headers)).toBe(false);
		expect(isAllowedOrigin(config, new Headers(headers))).toBe(false);
	});

	it.each([
		['http://desk.example.com', 'http://desk.example.com', true],
		['http://desk.example.com', 'http://desk.example.com:80', true],
		['http://desk.example.com:3000', 'http://desk.example.com:3000', true],
		['http://desk.example.com:3000', 'http://desk.example.com', false],
		['http://desk.example.com', 'https://desk.example.com', false],
		['https://desk.example.com', 'https://desk.example.com:443', true],
		['https://desk.example.com:8443', 'https://desk.example.com', false],
		['https://desk.example.com', 'http://desk.example.com:443', false],
	])('with PUBLIC_URL %s and a proxy’s Host, accepts %s: %s', (publicUrl, origin, isAllowed) => {
		const headers = { origin, host: 'upstream:3000' };
		expect(isAllowedOrigin({ publicUrl }, headers)).toBe(isAllowed);
		const referer = `${origin}/inbox`;
		expect(isAllowedOrigin({ publicUrl }, { referer, host: headers.host })).toBe(isAllowed);
	});

	it('accepts https in front of an http PUBLIC_URL', () => {
		const headers = { origin: 'https://desk.example.com', host: 'desk.example.com' };
		expect(isAllowedOrigin({ publicUrl: 'http://desk.example.com' }, headers)).toBe(true);
	});

	it('is required for everything except reads', () => {
		expect(['GET', 'HEAD', 'OPTIONS'].map(changesState)).toEqual([false, false, false]);
		expect(['POST', 'PUT', 'PATCH', 'DELETE'].map(changesState)).toEqual([true, true, true, true]);
	});
});

describe('behind proxies', () => {
	it.each([
		['the default port written out', { origin: 'https://a.example', host: 'a.example:443' }],
		['a Host in capitals', { origin: 'http://a.example:8080', host: 'A.example:8080' }],
	])('accepts %s', (_name, headers) => {
		expect(isAllowedOrigin(config, headers)).toBe(true);
	});

	it('accepts the forwarded host only from a trusted proxy', () => {
		const headers = {
			origin: 'http://a.example:8080',
			host: 'upstream:3000',
			'x-forwarded-host': 'a.example:8080, inner',
		};
		expect(isAllowedOrigin(config, headers)).toBe(false);
		expect(isAllowedOrigin({ ...config, trustProxy: 'loopback' }, headers)).toBe(true);
	});

	it.each(['', ',', '::', 'a b', '//', 'x:99999999'])(
		'a Host %j matches nothing and throws nothing',
		(host) => {
			expect(isAllowedOrigin(config, { origin: 'https://evil.example', host })).toBe(false);
		},
	);
});

it.each<[Record<string, string>, boolean]>([
	[{}, false],
	[{ 'sec-fetch-site': 'none' }, false],
	[{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, false],
	[{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, true],
	[{ 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'script' }, true],
	// A link in a mail is followed; a frame is not.
	[
		{
			'sec-fetch-site': 'cross-site',
			'sec-fetch-mode': 'navigate',
			'sec-fetch-dest': 'document',
		},
		false,
	],
	[
		{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
		true,
	],
])('detects that %j comes from a frame in another site’s page: %s', (headers, isForeign) => {
	expect(isForeignSubresource(headers)).toBe(isForeign);
});

it.each<[string, string, boolean]>([
	['https://desk.example.com', 'http://10.0.0.5:3000', true],
	['https://desk.example.com', 'http://desk.example.com', true],
	['https://desk.example.com', 'https://10.0.0.5:3000', false],
	['https://desk.example.com', 'http://localhost:3000', false],
	['http://desk.example.com', 'http://10.0.0.5:3000', false],
])(
	'detects that with PUBLIC_URL %s, a page at %s loses the cookie: %s',
	(publicUrl, origin, isLost) => {
		expect(dropsAuthCookie({ publicUrl }, { origin })).toBe(isLost);
		expect(dropsAuthCookie({ publicUrl }, { referer: `${origin}/login` })).toBe(isLost);
	},
);
