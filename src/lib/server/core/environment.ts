import { z } from 'zod';
import { webhookSecret } from '#lib/contract/webhook-endpoint.ts';
import { compileTrust } from './client-address.ts';
import { StartupError } from './errors.ts';

const urlSchema = (...protocols: string[]) =>
	z.string().refine(
		(value) => {
			const parsed = URL.parse(value);
			return parsed !== null && protocols.includes(parsed.protocol);
		},
		`must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
	);

/** A Postgres URL. The host may be empty, as in Cloud SQL's socket URLs: `postgres://user:password@/db?host=/cloudsql/…`. */
const postgresUrl = z
	.string()
	.regex(/^postgres(?:ql)?:\/\//, {
		error: 'must be a URL that begins with postgres:// or postgresql://',
		abort: true,
	})
	.refine(
		(value) => URL.canParse(value.replace('@/', '@localhost/')),
		'is not a valid URL: encode special characters in the password, such as # as %23 and / as %2F, and name only one server',
	);

const oneOf = <T extends string>(...values: [T, ...T[]]) =>
	z.enum(values, `must be ${values.join(' or ')}`);

const port = z
	.string()
	.regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
	.transform(Number)
	.refine((number) => number <= 65_535, 'must be a whole number from 0 to 65535');

const headerPair = z
	.string()
	.regex(/^[A-Za-z0-9-]+: ?\S.*$/, 'must look like "Header-Name: value"')
	.transform((pair) => {
		const colon = pair.indexOf(':');
		return { name: pair.slice(0, colon), value: pair.slice(colon + 1).trim() };
	});

const SENDER = /^(?:[^<>\r\n]+<([^<>\s]+)>|([^<>\s]+))$/;

/** Returns whether a value is `ada@example.com` or has a name before it: `Frontdesk <ada@example.com>`. */
function isSender(value: string): boolean {
	const [, address, bareAddress] = SENDER.exec(value) ?? [];
	return z.email().safeParse(address ?? bareAddress).success;
}

/** Returns whether a value is a contact URL for push services: `https://example.com` or `mailto:ada@example.com`. */
function isContact(value: string): boolean {
	const url = URL.parse(value);
	if (url?.protocol === 'mailto:') return z.email().safeParse(url.pathname).success;
	return url?.protocol === 'https:';
}

const secretKey = z.string().min(16, 'must have at least 16 characters');

const emailList = z
	.string()
	.transform((list) => list.split(',').map((email) => email.trim()))
	.pipe(z.array(z.email('must be comma-separated email addresses')).max(20));

function isValidTrust(value: string): boolean {
	try {
		compileTrust(value);
		return true;
	} catch {
		return false;
	}
}

/** A URL without a path, because Frontdesk must be served from the root of a host: assets, sockets and links have no path prefix. */
const rootUrl = urlSchema('http:', 'https:').refine((value) => {
	const parsed = URL.parse(value);
	return (
		parsed === null ||
		(parsed.pathname === '/' && !parsed.search && !parsed.hash && !parsed.username)
	);
}, 'must be a host without a path, such as https://desk.example.com: Frontdesk cannot be served below a path. Give it its own (sub)domain or port');

/** Messenger is on if both are set. */
const MESSENGER_REQUIRED = ['MESSENGER_VERIFY_TOKEN', 'MESSENGER_APP_SECRET'] as const;
/** The token for pages without their own; optional. */
const MESSENGER_PAGE = 'MESSENGER_PAGE_TOKEN';

/** The environment variables; the README documents each. */
const environmentSchema = z.object({
	NODE_ENV: oneOf('development', 'production', 'test').default('production'),
	PORT: port.default(3000),
	// Brackets, as IPv6 addresses have in URLs, aren't part of the address.
	HOST: z
		.string()
		.transform((host) => host.trim().replace(/^\[(.+)\]$/, '$1'))
		.default('0.0.0.0'),
	PUBLIC_URL: rootUrl.optional(),
	DATABASE_URL: postgresUrl.optional(),
	DATABASE_REPLICA_URL: postgresUrl.optional(),
	DATA_DIR: z.string().default('./data'),
	REDIS_URL: urlSchema('redis:', 'rediss:').optional(),
	SECRET_KEY: secretKey.optional(),
	SECRET_KEY_PREVIOUS: z
		.string()
		.transform((list) => list.split(',').map((key) => key.trim()))
		.pipe(z.array(secretKey).max(10))
		.default([]),
	ADMIN_EMAIL: z.email('must be an email address').optional(),
	ADMIN_PASSWORD: z
		.string()
		.min(8, 'must have at least 8 characters')
		.max(200, 'must have at most 200 characters')
		.optional(),
	API_KEY: z.string().optional(),
	AI_WEBHOOK_URL: urlSchema('http:', 'https:').optional(),
	AI_WEBHOOK_AUTH: headerPair.optional(),
	LEAD_WEBHOOK_URL: urlSchema('http:', 'https:').optional(),
	LEAD_WEBHOOK_SECRET: webhookSecret.optional(),
	RESEND_API_KEY: z.string().optional(),
	RESEND_BASE_URL: urlSchema('http:', 'https:').default('https://api.resend.com'),
	MAIL_FROM: z
		.string()
		.refine(isSender, 'must be an email address, or look like "Frontdesk <mail@example.com>"')
		.optional(),
	DEVELOPER_EMAILS: emailList.default([]),
	VAPID_SUBJECT: z
		.string()
		.refine(isContact, 'must be an https:// URL, or look like "mailto:ada@example.com"')
		.optional(),
	MESSENGER_VERIFY_TOKEN: z.string().optional(),
	MESSENGER_APP_SECRET: z.string().optional(),
	MESSENGER_PAGE_TOKEN: z.string().optional(),
	MESSENGER_API_URL: urlSchema('http:', 'https:').default('https://graph.facebook.com/v25.0'),
	N8N_DATABASE_URL: postgresUrl.optional(),
	OUTBOUND_ALLOW_PRIVATE: oneOf('true', 'false').optional(),
	RATE_LIMIT: oneOf('on', 'off').default('on'),
	TRUST_PROXY: z
		.string()
		.refine(isValidTrust, 'must be true, a number of hops, or comma-separated addresses and ranges')
		.optional(),
	LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
});

export type Environment = z.infer<typeof environmentSchema>;

const SECRET_REQUIRED: [string, string] = [
	'SECRET_KEY',
	'is required with DATABASE_URL: every process must sign with the same key',
];
export type Variables = Record<string, string | undefined>;

/** Returns the unset variables that other variables require, with an error message each. */
function listMissingVariables(env: Variables): [name: string, message: string][] {
	const requireWith = (name: string, other: string): [string, string][] =>
		env[other] && !env[name] ? [[name, `is required with ${other}`]] : [];
	const messenger = [...MESSENGER_REQUIRED, MESSENGER_PAGE].filter((name) => env[name]);
	const missing = messenger.length > 0 ? MESSENGER_REQUIRED.filter((name) => !env[name]) : [];
	const isProduction = (env['NODE_ENV'] ?? 'production') === 'production';
	const needsKey = isProduction && env['DATABASE_URL'] && !env['SECRET_KEY'];
	return [
		...requireWith('DATABASE_URL', 'DATABASE_REPLICA_URL'),
		...requireWith('ADMIN_EMAIL', 'ADMIN_PASSWORD'),
		...requireWith('ADMIN_PASSWORD', 'ADMIN_EMAIL'),
		...requireWith('MAIL_FROM', 'RESEND_API_KEY'),
		...missing.map((name): [string, string] => [
			name,
			`is required with ${messenger.join(' and ')}`,
		]),
		...(needsKey ? [SECRET_REQUIRED] : []),
	];
}

/** The recommended minimum lengths. Shorter secrets still work, but the log and the settings warn that they could be guessed. */
const MIN_LENGTH = { API_KEY: 16, MESSENGER_VERIFY_TOKEN: 8 } as const;
export type GuessableSecret = keyof typeof MIN_LENGTH;

/** Parses the environment variables. Throws `StartupError` with one line per invalid variable. */
export function readEnvironment(variables: Variables): Environment {
	// An empty variable counts as unset, because compose files write unset variables that way.
	const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
	const result = environmentSchema.safeParse(set);
	const errors = new Map(listMissingVariables(set));
	for (const { path, message } of result.error?.issues ?? []) errors.set(String(path[0]), message);
	if (!result.success || errors.size > 0) {
		const lines = [...errors].map(([name, message]) => `  ${name} ${message}`);
		throw new StartupError(`Invalid environment variables:\n${lines.join('\n')}`);
	}
	return result.data;
}

/** Returns the secrets that are set but short enough to be guessed. */
export const listGuessable = (env: Variables): GuessableSecret[] =>
	(Object.keys(MIN_LENGTH) as GuessableSecret[]).filter(
		(name) => env[name] && env[name].length < MIN_LENGTH[name],
	);
