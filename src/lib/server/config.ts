import { z } from 'zod';
import { webhookSecret } from '$lib/contract/webhook-endpoint';
import { compileTrust } from './client-address';
import { StartupError } from './startup-error';

const url = (...protocols: string[]) =>
	z.string().refine(
		(value) => {
			const parsed = URL.parse(value);
			return parsed !== null && protocols.includes(parsed.protocol);
		},
		`must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
	);

const headerPair = z
	.string()
	.regex(/^[A-Za-z0-9-]+: ?\S.*$/, 'must look like "Header-Name: value"')
	.transform((pair) => {
		const colon = pair.indexOf(':');
		return { name: pair.slice(0, colon), value: pair.slice(colon + 1).trim() };
	});

const SENDER = /^(?:[^<>\r\n]+<([^<>\s]+)>|([^<>\s]+))$/;

/** `ada@example.com`, or with a name before it: `Frontdesk <ada@example.com>`. */
function isSender(value: string): boolean {
	const [, named, plain] = SENDER.exec(value) ?? [];
	return z.email().safeParse(named ?? plain).success;
}

const emailList = z
	.string()
	.transform((list) => list.split(',').map((email) => email.trim()))
	.pipe(z.array(z.email('must be e-mail addresses with commas between them')).max(20));

function namesProxies(value: string): boolean {
	try {
		compileTrust(value);
		return true;
	} catch {
		return false;
	}
}

/** All of them or none. */
const MESSENGER = [
	'MESSENGER_VERIFY_TOKEN',
	'MESSENGER_APP_SECRET',
	'MESSENGER_PAGE_TOKEN',
] as const;

/** The environment, as the README's table has it. Nothing else of the application reads process.env. */
const environment = z
	.object({
		NODE_ENV: z.enum(['development', 'production', 'test']).default('production'),
		PORT: z.coerce.number().int().min(0).max(65535).default(3000),
		HOST: z.string().default('0.0.0.0'),
		PUBLIC_URL: url('http:', 'https:').optional(),
		DATABASE_URL: url('postgres:', 'postgresql:').optional(),
		DATA_DIR: z.string().default('./data'),
		REDIS_URL: url('redis:', 'rediss:').optional(),
		SECRET_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
		ADMIN_EMAIL: z.email().optional(),
		ADMIN_PASSWORD: z.string().min(8, 'must have at least 8 characters').max(200).optional(),
		API_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
		AI_WEBHOOK_URL: url('http:', 'https:').optional(),
		AI_WEBHOOK_AUTH: headerPair.optional(),
		LEAD_WEBHOOK_URL: url('http:', 'https:').optional(),
		LEAD_WEBHOOK_SECRET: webhookSecret.optional(),
		RESEND_API_KEY: z.string().optional(),
		RESEND_BASE_URL: url('http:', 'https:').default('https://api.resend.com'),
		MAIL_FROM: z
			.string()
			.refine(isSender, 'must be an e-mail address, or look like "Frontdesk <mail@example.com>"')
			.optional(),
		DEVELOPER_EMAILS: emailList.default([]),
		MESSENGER_VERIFY_TOKEN: z.string().min(8, 'must have at least 8 characters').optional(),
		MESSENGER_APP_SECRET: z.string().optional(),
		MESSENGER_PAGE_TOKEN: z.string().optional(),
		MESSENGER_API_URL: url('http:', 'https:').default('https://graph.facebook.com/v25.0'),
		N8N_DATABASE_URL: url('postgres:', 'postgresql:').optional(),
		OUTBOUND_ALLOW_PRIVATE: z.enum(['true', 'false']).optional(),
		RATE_LIMIT: z.enum(['on', 'off']).default('on'),
		TRUST_PROXY: z
			.string()
			.refine(namesProxies, 'must be true, a number of hops, or addresses and ranges with commas')
			.optional(),
		LOG_LEVEL: z
			.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
			.default('info'),
	})
	.superRefine((env, check) => {
		const need = (name: 'ADMIN_EMAIL' | 'ADMIN_PASSWORD' | 'MAIL_FROM', other: string) => {
			if (!env[name]) {
				check.addIssue({ code: 'custom', path: [name], message: `is needed with ${other}` });
			}
		};
		if (env.ADMIN_PASSWORD) need('ADMIN_EMAIL', 'ADMIN_PASSWORD');
		if (env.ADMIN_EMAIL) need('ADMIN_PASSWORD', 'ADMIN_EMAIL');
		if (env.RESEND_API_KEY) need('MAIL_FROM', 'RESEND_API_KEY');
		const messenger = MESSENGER.filter((name) => env[name] !== undefined);
		for (const name of messenger.length > 0 ? MESSENGER : []) {
			if (env[name] !== undefined) continue;
			const message = `is needed with ${messenger.join(' and ')}`;
			check.addIssue({ code: 'custom', path: [name], message });
		}
		if (env.NODE_ENV === 'production' && env.DATABASE_URL && !env.SECRET_KEY) {
			check.addIssue({
				code: 'custom',
				path: ['SECRET_KEY'],
				message: 'is required with DATABASE_URL: every process must sign with the same key',
			});
		}
	});

export interface Config {
	isDevelopment: boolean;
	port: number;
	host: string;
	/** Without a slash at its end; follows the port when PUBLIC_URL is not set. */
	publicUrl: string;
	databaseUrl: string | undefined;
	dataDir: string;
	redisUrl: string | undefined;
	secretKey: string | undefined;
	admin: { email: string; password: string } | undefined;
	apiKey: string | undefined;
	aiWebhook: { url: string; auth: { name: string; value: string } | null } | undefined;
	leadWebhook: { url: string; secret: string | undefined } | undefined;
	/** Unset: mail stays in the on-screen outbox. */
	mail: { apiKey: string; from: string; baseUrl: string } | undefined;
	/** Who hears of failures and issues where a site names nobody. */
	developerEmails: string[];
	/** Unset: the channel is off. */
	messenger:
		{ verifyToken: string; appSecret: string; pageToken: string; apiUrl: string } | undefined;
	/** Where n8n keeps its chat memory, when that is another database. */
	n8nDatabaseUrl: string | undefined;
	allowPrivate: boolean;
	isRateLimited: boolean;
	trustProxy: string | undefined;
	logLevel: string;
}

/** Reads the environment; throws StartupError that names every variable at fault. */
export function readConfig(variables: Record<string, string | undefined>): Config {
	// An empty variable counts as unset, as compose files write them.
	const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
	const result = environment.safeParse(set);
	if (!result.success) {
		const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
		throw new StartupError(`The environment has faults:\n${lines.join('\n')}`);
	}
	const env = result.data;
	const isDevelopment = env.NODE_ENV !== 'production';
	return {
		isDevelopment,
		port: env.PORT,
		host: env.HOST,
		publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
		databaseUrl: env.DATABASE_URL,
		dataDir: env.DATA_DIR,
		redisUrl: env.REDIS_URL,
		secretKey: env.SECRET_KEY,
		admin:
			env.ADMIN_EMAIL && env.ADMIN_PASSWORD
				? { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD }
				: undefined,
		apiKey: env.API_KEY,
		aiWebhook: env.AI_WEBHOOK_URL
			? { url: env.AI_WEBHOOK_URL, auth: env.AI_WEBHOOK_AUTH ?? null }
			: undefined,
		leadWebhook: env.LEAD_WEBHOOK_URL
			? { url: env.LEAD_WEBHOOK_URL, secret: env.LEAD_WEBHOOK_SECRET }
			: undefined,
		mail:
			env.RESEND_API_KEY && env.MAIL_FROM
				? {
						apiKey: env.RESEND_API_KEY,
						from: env.MAIL_FROM,
						baseUrl: env.RESEND_BASE_URL.replace(/\/+$/, ''),
					}
				: undefined,
		developerEmails: env.DEVELOPER_EMAILS,
		messenger: readMessenger(env),
		n8nDatabaseUrl: env.N8N_DATABASE_URL,
		allowPrivate: env.OUTBOUND_ALLOW_PRIVATE
			? env.OUTBOUND_ALLOW_PRIVATE === 'true'
			: isDevelopment,
		isRateLimited: env.RATE_LIMIT === 'on',
		trustProxy: env.TRUST_PROXY,
		logLevel: env.LOG_LEVEL,
	};
}

function readMessenger(env: z.infer<typeof environment>): Config['messenger'] {
	const {
		MESSENGER_VERIFY_TOKEN: verifyToken,
		MESSENGER_APP_SECRET: appSecret,
		MESSENGER_PAGE_TOKEN: pageToken,
	} = env;
	if (!verifyToken || !appSecret || !pageToken) return undefined;
	return { verifyToken, appSecret, pageToken, apiUrl: env.MESSENGER_API_URL.replace(/\/+$/, '') };
}
