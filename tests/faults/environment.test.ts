import { expect, it } from 'vitest';
import { spawnServer } from '../support/process';

it('a server with a bad environment ends at once, with a line for each variable at fault and nothing else', async () => {
	const server = spawnServer({
		PORT: 'http',
		PUBLIC_URL: '',
		DATABASE_URL: 'mysql://db/frontdesk',
		RATE_LIMIT: 'never',
		RESEND_API_KEY: 're_123',
	});
	expect(await server.exited).toBe(1);
	expect(server.output().trim().split('\n')).toEqual([
		'The environment has faults:',
		'  MAIL_FROM is needed with RESEND_API_KEY',
		'  PORT must be a whole number from 0 to 65535',
		'  DATABASE_URL must be a URL that begins with postgres:// or postgresql://',
		'  RATE_LIMIT must be on or off',
	]);
});
