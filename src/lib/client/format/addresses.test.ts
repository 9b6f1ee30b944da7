import { expect, it } from 'vitest';
import { findPublicUrlProblem, formatEndpoint, shortenUrl, toWebUrl } from './addresses.ts';

it('shortens a URL for display', () => {
	expect(shortenUrl('https://www.hartmann.example/free-estimate?gclid=1#top')).toBe(
		'hartmann.example/free-estimate',
	);
	expect(shortenUrl('not an address')).toBe('not an address');
});

it('names an endpoint by its host and the end of its path, or else its id', () => {
	const endpoint = { url: 'https://n8n.example', endpoint_id: 2 };
	expect(formatEndpoint({ ...endpoint, url_end: '3f9a' })).toBe('n8n.example …3f9a');
	expect(formatEndpoint({ ...endpoint, url_end: null })).toBe('n8n.example #2');
});

it('only http and https URLs become links', () => {
	expect(toWebUrl('https://hartmann.example/a')).toBe('https://hartmann.example/a');
	expect(toWebUrl('javascript:alert(1)')).toBeUndefined();
	expect(toWebUrl('data:text/html,x')).toBeUndefined();
});

it.each([
	'http://localhost:3000',
	'https://localhost',
	'http://chat.localhost:3000',
	'http://127.0.0.1:3000',
	'http://127.1.2.3',
	'http://[::1]:3000',
	'http://0.0.0.0:3000',
])('warns that %s is not reachable by others', (url) => {
	expect(findPublicUrlProblem(url)).toContain('only this computer');
});

it('warns that https pages can’t load from an http URL', () => {
	expect(findPublicUrlProblem('http://chat.example.com')).toContain('HTTPS');
});

it.each(['https://chat.example.com', 'https://127.example.com', 'https://localhost.example.com'])(
	'has no warning about %s',
	(url) => {
		expect(findPublicUrlProblem(url)).toBeUndefined();
	},
);
