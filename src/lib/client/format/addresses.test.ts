import { expect, it } from 'vitest';
import { addressProblem } from './addresses.ts';

it.each([
	'http://localhost:3000',
	'https://localhost',
	'http://chat.localhost:3000',
	'http://127.0.0.1:3000',
	'http://127.1.2.3',
	'http://[::1]:3000',
	'http://0.0.0.0:3000',
])('warns that %s is not reachable by others', (url) => {
	expect(addressProblem(url)).toContain('only this computer');
});

it('warns that https pages can’t load from an http URL', () => {
	expect(addressProblem('http://chat.example.com')).toContain('HTTPS');
});

it.each(['https://chat.example.com', 'https://127.example.com', 'https://localhost.example.com'])(
	'nothing speaks against %s',
	(url) => {
		expect(addressProblem(url)).toBeUndefined();
	},
);
