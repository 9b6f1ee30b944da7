import {
	listGuessable,
	readEnvironment,
	type Environment,
	type GuessableSecret,
	type Variables,
} from './environment.ts';

export interface Config {
	isDevelopment: boolean;
	port: number;
	host: string;
	/** Without a trailing slash. Derived from the port if `PUBLIC_URL` is unset. */
	publicUrl: string;
	databaseUrl: string | undefined;
	replicaUrl: string | undefined;
	dataDir: string;
	redisUrl: string | undefined;
	secretKey: string | undefined;
	/** Earlier values of `SECRET_KEY`, newest first. Values sealed or signed with them stay valid. */
	previousSecretKeys: string[];
	admin: { email: string; password: string } | undefined;
	apiKey: string | undefined;
	aiWebhook: { url: string; auth: { name: string; value: string } | null } | undefined;
	leadWebhook: { url: string; secret: string | undefined } | undefined;
	/** If unset, mail isn't sent but shown in the dashboard's outbox. */
	mail: { apiKey: string; from: string; baseUrl: string } | undefined;
	/** Recipients of failure and issue mails for sites without their own. */
	developerEmails: string[];
	/** The operator's contact for push services: an `https:` or `mailto:` URL. */
	vapidSubject: string;
	/** If unset, Messenger is off. */
	messenger:
		| {
				verifyToken: string;
				appSecret: string;
				/** The token for pages without their own. */
				pageToken: string | undefined;
				apiUrl: string;
		  }
		| undefined;
	/** The database of n8n's chat memory, if it isn't Frontdesk's own. */
	n8nDatabaseUrl: string | undefined;
	allowPrivate: boolean;
	isRateLimited: boolean;
	trustProxy: string | undefined;
	logLevel: string;
	/** Secrets that are short enough to be guessed. */
	guessableSecrets: GuessableSecret[];
}

/**
 * Reads the configuration from environment variables; nothing else in the application reads the environment. Throws
 * a `StartupError` that lists every invalid variable.
 */
export function readConfig(variables: Variables): Config {
	const env = readEnvironment(variables);
	const isDevelopment = env.NODE_ENV !== 'production';
	return {
		isDevelopment,
		port: env.PORT,
		host: env.HOST,
		// `origin` normalizes: lowercase host, no default port, no trailing slash.
		publicUrl: new URL(env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).origin,
		databaseUrl: env.DATABASE_URL,
		replicaUrl: env.DATABASE_REPLICA_URL,
		dataDir: env.DATA_DIR,
		redisUrl: env.REDIS_URL,
		secretKey: env.SECRET_KEY,
		previousSecretKeys: env.SECRET_KEY_PREVIOUS,
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
		vapidSubject: env.VAPID_SUBJECT ?? getDefaultVapidSubject(env),
		messenger: readMessenger(env),
		n8nDatabaseUrl: env.N8N_DATABASE_URL,
		allowPrivate: env.OUTBOUND_ALLOW_PRIVATE
			? env.OUTBOUND_ALLOW_PRIVATE === 'true'
			: isDevelopment,
		isRateLimited: env.RATE_LIMIT === 'on',
		trustProxy: env.TRUST_PROXY,
		logLevel: env.LOG_LEVEL,
		guessableSecrets: listGuessable(variables),
	};
}

/** Returns the server's HTTPS URL, or else a `mailto:` URL, because push services reject plain HTTP. */
function getDefaultVapidSubject(env: Environment): string {
	if (env.PUBLIC_URL?.startsWith('https:')) return new URL(env.PUBLIC_URL).origin;
	return `mailto:${env.ADMIN_EMAIL ?? env.DEVELOPER_EMAILS[0] ?? 'frontdesk@example.com'}`;
}

function readMessenger(env: Environment): Config['messenger'] {
	const {
		MESSENGER_VERIFY_TOKEN: verifyToken,
		MESSENGER_APP_SECRET: appSecret,
		MESSENGER_PAGE_TOKEN: pageToken,
	} = env;
	if (!verifyToken || !appSecret) return undefined;
	return { verifyToken, appSecret, pageToken, apiUrl: env.MESSENGER_API_URL.replace(/\/+$/, '') };
}
