import { describe, expect, it } from 'vitest';
import { listGuessable, readEnvironment } from './environment.ts';

const getError = (variables: Record<string, string>): string => {
	try {
		readEnvironment({ NODE_ENV: 'test', ...variables });
	} catch (error) {
		return error instanceof Error ? `${error.name}: ${error.message}` : '';
	}
	return '';
};

/** An invalid value of each variable, and the error message it causes. */
const INVALID: [name: string, value: string, message: RegExp][] = [
	['NODE_ENV', 'prod', /must be development or production or test/],
	['PORT', 'http', /must be a whole number from 0 to 65535/],
	['PORT', '70000', /must be a whole number from 0 to 65535/],
	['PORT', '80.5', /must be a whole number from 0 to 65535/],
	['PUBLIC_URL', 'chat.example.com', /must be a URL that begins with http:/],
	['DATABASE_URL', 'mysql://db/frontdesk', /must be a URL that begins with postgres:/],
	['DATABASE_URL', 'postgres://ada:a#b@db/frontdesk', /encode special characters.*%23/],
	['DATABASE_URL', 'postgres://ada@db1:5432,db2:5432/frontdesk', /name only one server/],
	['DATABASE_REPLICA_URL', 'standby:5432', /must be a URL that begins with postgres:/],
	['REDIS_URL', 'localhost:6379', /must be a URL that begins with redis:/],
	['SECRET_KEY', 'short', /must have at least 16 characters/],
	['ADMIN_EMAIL', 'ada', /must be an email address/],
	['ADMIN_PASSWORD', 'short', /must have at least 8 characters/],
	['ADMIN_PASSWORD', 'x'.repeat(201), /must have at most 200 characters/],
	['AI_WEBHOOK_URL', 'n8n.example.com/webhook', /must be a URL that begins with http:/],
	['AI_WEBHOOK_AUTH', 'secret', /must look like "Header-Name: value"/],
	['LEAD_WEBHOOK_URL', 'ftp://example.com', /must be a URL that begins with http:/],
	['LEAD_WEBHOOK_SECRET', 'secret', /must be "whsec_" followed by base64/],
	['RESEND_BASE_URL', 'resend', /must be a URL that begins with http:/],
	['MAIL_FROM', 'Frontdesk', /must be an email address, or look like/],
	['DEVELOPER_EMAILS', 'ada@example.com; grace', /must be comma-separated email addresses/],
	['MESSENGER_API_URL', 'graph', /must be a URL that begins with http:/],
	['N8N_DATABASE_URL', 'sqlite:n8n', /must be a URL that begins with postgres:/],
	['OUTBOUND_ALLOW_PRIVATE', 'yes', /must be true or false/],
	['RATE_LIMIT', '0', /must be on or off/],
	['TRUST_PROXY', 'nginx', /must be true, a number of hops, or comma-separated/],
	['LOG_LEVEL', 'verbose', /must be trace or debug or info or warn or error or fatal or silent/],
];

describe('an invalid environment', () => {
	it.each(INVALID)('reports %s=%.20s in one line with its remedy', (name, value, message) => {
		const lines = getError({ [name]: value })
			.split('\n')
			.slice(1);
		const matching = lines.filter((line) => line.startsWith(`  ${name} `));
		expect(matching).toEqual([expect.stringMatching(message)]);
	});

	it.each([
		[{ ADMIN_EMAIL: 'ada@example.com' }, 'ADMIN_PASSWORD is required with ADMIN_EMAIL'],
		[{ ADMIN_PASSWORD: 'tangerine orbit 7' }, 'ADMIN_EMAIL is required with ADMIN_PASSWORD'],
		[
			{ DATABASE_REPLICA_URL: 'postgres://standby/frontdesk' },
			'DATABASE_URL is required with DATABASE_REPLICA_URL',
		],
		[{ RESEND_API_KEY: 're_123' }, 'MAIL_FROM is required with RESEND_API_KEY'],
		[{ MESSENGER_APP_SECRET: 'x' }, 'MESSENGER_VERIFY_TOKEN is required with MESSENGER_APP_SECRET'],
		[{ MESSENGER_PAGE_TOKEN: 'x' }, 'MESSENGER_APP_SECRET is required with MESSENGER_PAGE_TOKEN'],
		[
			{ NODE_ENV: 'production', DATABASE_URL: 'postgres://db/frontdesk' },
			'SECRET_KEY is required with DATABASE_URL',
		],
	])('reports what %o requires', (variables, message) => {
		expect(getError(variables)).toContain(message);
	});

	it('reports all invalid variables at once', () => {
		const message = getError({
			PORT: 'x',
			LOG_LEVEL: 'loud',
			RATE_LIMIT: 'no',
			ADMIN_EMAIL: 'a@b.co',
		});
		expect(message.split('\n')).toEqual([
			'StartupError: Invalid environment variables:',
			'  ADMIN_PASSWORD is required with ADMIN_EMAIL',
			expect.stringMatching(/^ {2}PORT must be/),
			expect.stringMatching(/^ {2}RATE_LIMIT must be/),
			expect.stringMatching(/^ {2}LOG_LEVEL must be/),
		]);
	});
});

it('accepts an IPv6 address in brackets as HOST', () => {
	expect(readEnvironment({ NODE_ENV: 'test', HOST: '[::]' }).HOST).toBe('::');
	expect(readEnvironment({ NODE_ENV: 'test', HOST: '::1' }).HOST).toBe('::1');
});

it('treats an empty variable as unset', () => {
	expect(getError({ PORT: '', ADMIN_EMAIL: '', SECRET_KEY: '', DATABASE_URL: '' })).toBe('');
});

it.each([
	'postgres://frontdesk:secret@/frontdesk?host=/cloudsql/project:region:instance',
	'postgresql:///frontdesk?host=/var/run/postgresql',
	'postgres://%2Fvar%2Frun%2Fpostgresql/frontdesk',
	'postgres://frontdesk:a%23b@[::1]:5432/frontdesk?sslmode=verify-full',
])('accepts DATABASE_URL %s', (DATABASE_URL) => {
	expect(getError({ DATABASE_URL })).toBe('');
});

it('accepts secrets of any length, but reports short ones as guessable', () => {
	const short = { API_KEY: 'k', MESSENGER_VERIFY_TOKEN: 'token' };
	expect(listGuessable(short)).toEqual(['API_KEY', 'MESSENGER_VERIFY_TOKEN']);
	expect(getError({ API_KEY: 'k' })).toBe('');
	expect(listGuessable({ API_KEY: 'k'.repeat(16), MESSENGER_VERIFY_TOKEN: '' })).toEqual([]);
});

it.each([
	'https://desk.example.com/chat',
	'https://desk.example.com/?a=1',
	'https://desk.example.com/#x',
	'https://user:secret@desk.example.com',
])('rejects PUBLIC_URL %s with a remedy', (PUBLIC_URL) => {
	expect(() => readEnvironment({ PUBLIC_URL })).toThrow(/PUBLIC_URL must be a host without a path/);
});
