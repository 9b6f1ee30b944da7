import { DrizzlePostgreSQLAdapter, type PostgreSQLUserTable } from '@lucia-auth/adapter-drizzle';
import { Cookie, generateIdFromEntropySize, Lucia, TimeSpan } from 'lucia';
import { cleanText } from '#lib/contract/text.ts';
import { eq } from 'drizzle-orm';
import type { Config } from '#lib/server/core/config.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { requiresTwoFactor } from './installation-settings.ts';

declare module 'lucia' {
	interface Register {
		Lucia: ReturnType<typeof createLucia>;
		UserId: number;
		DatabaseUserAttributes: Omit<typeof users.$inferSelect, 'id'>;
		DatabaseSessionAttributes: SessionAttributes;
	}
}

type SessionAttributes = Pick<
	typeof auth_sessions.$inferSelect,
	'user_agent' | 'created_at' | 'last_seen_at' | 'confirmed_at' | 'must_enroll'
>;

// The adapter's type does not support identity keys, but it only reads this table.
const userTable = users as unknown as PostgreSQLUserTable;

/** The prefix `__Host-` stops other hosts of the domain from setting the cookie. Browsers accept it over https only. */
export const getAuthCookieName = ({ publicUrl }: Pick<Config, 'publicUrl'>) =>
	publicUrl.startsWith('https:') ? '__Host-frontdesk_session' : 'frontdesk_session';

const MAX_USER_AGENT_LENGTH = 300;

const HOUR_MS = 3_600_000;
/** An auth session expires after this long without a request. */
export const IDLE_MS = 12 * HOUR_MS;
/** An auth session expires this long after sign-in, even if it is in use. */
export const MAX_AGE_MS = 30 * 24 * HOUR_MS;

/** Returns whether an auth session has expired. */
export const hasEnded = (
	now: Date,
	{ created_at, last_seen_at }: Pick<SessionAttributes, 'created_at' | 'last_seen_at'>,
): boolean =>
	now.getTime() - (last_seen_at ?? created_at).getTime() > IDLE_MS ||
	now.getTime() - created_at.getTime() > MAX_AGE_MS;

/** Creates a Lucia instance on the pool or on the caller's transaction. */
export function createLucia(config: Config, db: Db) {
	return new Lucia(new DrizzlePostgreSQLAdapter(db, auth_sessions, userTable), {
		sessionExpiresIn: new TimeSpan(MAX_AGE_MS, 'ms'),
		sessionCookie: {
			name: getAuthCookieName(config),
			// Auth sessions expire in the database, and the cookie must outlive each extension.
			expires: false,
			attributes: { secure: config.publicUrl.startsWith('https:'), sameSite: 'lax' },
		},
		getSessionAttributes: (attributes) => attributes,
		getUserAttributes: ({ name, email, role, is_active }) => ({ name, email, role, is_active }),
	});
}

/** A cookie in the parts that SvelteKit expects. `serialize` returns the Set-Cookie header. */
export interface AuthCookie {
	name: string;
	value: string;
	attributes: { path: string; httpOnly: boolean; secure: boolean; sameSite: 'lax'; maxAge: number };
	serialize(): string;
}

/** The cookie that proves a correct password until the second factor is entered. */
const SECOND_STEP_COOKIE = 'frontdesk_second_step';
export const SECOND_STEP_MS = 10 * 60_000;

/** Returns the cookie of a sign-in that is waiting for its second factor. An empty token removes it. */
export function createSecondStepCookie(publicUrl: string, token: string): AuthCookie {
	const attributes = {
		path: '/login',
		httpOnly: true,
		secure: publicUrl.startsWith('https:'),
		sameSite: 'lax' as const,
		maxAge: token === '' ? 0 : SECOND_STEP_MS / 1000,
	};
	const cookie = new Cookie(SECOND_STEP_COOKIE, token, attributes);
	return {
		name: SECOND_STEP_COOKIE,
		value: token,
		attributes,
		serialize: () => cookie.serialize(),
	};
}

/** Returns the token of a sign-in that is waiting for its second factor, or an empty string. */
export const readSecondStep = (header: string | null | undefined): string =>
	readCookie(header, SECOND_STEP_COOKIE);

/**
 * Returns the value of a cookie, or an empty string. Tokens need no decoding, and decoding all cookies would fail on those that
 * other sites of the domain set, such as "discount=50%".
 */
function readCookie(header: string | null | undefined, name: string): string {
	const cookie = (header ?? '').split(/; ?/).find((pair) => pair.startsWith(`${name}=`));
	return cookie?.slice(name.length + 1) ?? '';
}

type LuciaCookie = ReturnType<ReturnType<typeof createLucia>['createSessionCookie']>;

function toAuthCookie(cookie: LuciaCookie): AuthCookie {
	const { secure = false, maxAge = 0 } = cookie.attributes;
	return {
		name: cookie.name,
		value: cookie.value,
		attributes: { path: '/', httpOnly: true, secure, sameSite: 'lax', maxAge },
		serialize: () => cookie.serialize(),
	};
}

/** Returns a new token of an auth session. Only its hash is stored. */
export const createToken = () => generateIdFromEntropySize(25);

/**
 * Starts an auth session and returns its cookie, the only copy of the token. If two-factor authentication is required
 * and the user has not set it up, the auth session only allows setting it up. `confirmedAt` is when the user last confirmed
 * their identity, if that was not now.
 */
export async function startAuthSession(
	ctx: Ctx,
	userId: number,
	userAgent: string | null = null,
	confirmedAt?: Date,
): Promise<AuthCookie> {
	const { config, clock } = ctx.app;
	const token = createToken();
	const lucia = createLucia(config, ctx.db);
	const user_agent = userAgent && cleanText(userAgent).slice(0, MAX_USER_AGENT_LENGTH);
	const [user] = await ctx.db
		.select({ sealed_totp: users.sealed_totp })
		.from(users)
		.where(eq(users.id, userId));
	const must_enroll = user?.sealed_totp == null && (await requiresTwoFactor(ctx));
	const now = clock();
	const times = { created_at: now, confirmed_at: confirmedAt ?? now, last_seen_at: null };
	const attributes = { user_agent, ...times, must_enroll };
	await lucia.createSession(userId, attributes, { sessionId: sha256(token) });
	return createAuthCookie(config, ctx.db, token);
}

export const createAuthCookie = (config: Config, db: Db, token: string) =>
	toAuthCookie(createLucia(config, db).createSessionCookie(token));

export const createBlankAuthCookie = (config: Config, db: Db) =>
	toAuthCookie(createLucia(config, db).createBlankSessionCookie());

/** Returns the token in a Cookie header, or null if it has none. */
export const readToken = (config: Config, header: string | null | undefined): string | null =>
	readCookie(header, getAuthCookieName(config)) || null;
