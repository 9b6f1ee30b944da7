import { expect, it } from 'vitest';
import { findPublicUrlProblem } from './addresses.ts';

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
