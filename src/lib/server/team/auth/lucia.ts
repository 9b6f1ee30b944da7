import { DrizzlePostgreSQLAdapter, type PostgreSQLUserTable } from '@lucia-auth/adapter-drizzle';
import { Cookie, generateIdFromEntropySize, Lucia, TimeSpan } from 'lucia';
import { parseCookies } from 'oslo/cookie';
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
		Lucia: ReturnType<typeof luciaOn>;
		UserId: number;
		DatabaseUserAttributes: Omit<typeof users.$inferSelect, 'id'>;
		DatabaseSessionAttributes: SessionAttributes;
	}
}

type SessionAttributes = Pick<
	typeof auth_sessions.$inferSelect,
	'user_agent' | 'created_at' | 'last_seen_at' | 'confirmed_at' | 'must_enroll'
>;

// The adapter's type does not know identity keys; it only ever reads this table.
const userTable = users as unknown as PostgreSQLUserTable;

/** With the prefix `__Host-` no other host of the domain can set the cookie; browsers take it over https only. */
export const authCookieName = ({ publicUrl }: Pick<Config, 'publicUrl'>) =>
	publicUrl.startsWith('https:') ? '__Host-frontdesk_session' : 'frontdesk_session';

const LONGEST_USER_AGENT = 300;

const HOUR_MS = 3_600_000;
/** An auth session ends after so long without a request, */
export const IDLE_MS = 12 * HOUR_MS;
/** and after so long however much it is used. */
export const LONGEST_MS = 30 * 24 * HOUR_MS;

/** Whether an auth session has ended by time. */
export const hasEnded = (
	now: Date,
	{ created_at, last_seen_at }: Pick<SessionAttributes, 'created_at' | 'last_seen_at'>,
): boolean =>
	now.getTime() - (last_seen_at ?? created_at).getTime() > IDLE_MS ||
	now.getTime() - created_at.getTime() > LONGEST_MS;

/** Lucia on the pool or on the caller's transaction. */
export function luciaOn(config: Config, db: Db) {
	return new Lucia(new DrizzlePostgreSQLAdapter(db, auth_sessions, userTable), {
		sessionExpiresIn: new TimeSpan(LONGEST_MS, 'ms'),
		sessionCookie: {
			name: authCookieName(config),
			// The database decides when an auth session ends; the cookie must outlive each renewal.
			expires: false,
			attributes: { secure: config.publicUrl.startsWith('https:'), sameSite: 'lax' },
		},
		getSessionAttributes: (attributes) => attributes,
		getUserAttributes: ({ name, email, role, is_active }) => ({ name, email, role, is_active }),
	});
}

/** A cookie in parts, as SvelteKit sets it; `serialize` gives the Set-Cookie header. */
export interface AuthCookie {
	name: string;
	value: string;
	attributes: { path: string; httpOnly: boolean; secure: boolean; sameSite: 'lax'; maxAge: number };
	serialize(): string;
}

/** The name of the cookie that stands for a right password until the second factor follows. */
const SECOND_STEP = 'frontdesk_second_step';
export const SECOND_STEP_MS = 10 * 60_000;

/** The cookie of a sign-in that waits for its second factor; an empty token removes it. */
export function secondStepCookie(publicUrl: string, token: string): AuthCookie {
	const attributes = {
		path: '/login',
		httpOnly: true,
		secure: publicUrl.startsWith('https:'),
		sameSite: 'lax' as const,
		maxAge: token === '' ? 0 : SECOND_STEP_MS / 1000,
	};
	const cookie = new Cookie(SECOND_STEP, token, attributes);
	return { name: SECOND_STEP, value: token, attributes, serialize: () => cookie.serialize() };
}

/** The token of a sign-in that waits for its second factor; empty where there is none. */
export function readSecondStep(header: string | null | undefined): string {
	try {
		return parseCookies(header ?? '').get(SECOND_STEP) ?? '';
	} catch {
		return '';
	}
}

type LuciaCookie = ReturnType<ReturnType<typeof luciaOn>['createSessionCookie']>;

function present(cookie: LuciaCookie): AuthCookie {
	const { secure = false, maxAge = 0 } = cookie.attributes;
	return {
		name: cookie.name,
		value: cookie.value,
		attributes: { path: '/', httpOnly: true, secure, sameSite: 'lax', maxAge },
		serialize: () => cookie.serialize(),
	};
}

/**
 * Signs a user's browser in: a new auth session, of which only the cookie knows the token. Where two-factor
 * authentication is required, that of somebody without it opens nothing but its set-up.
 */
export async function startAuthSession(
	ctx: Ctx,
	userId: number,
	userAgent: string | null = null,
): Promise<AuthCookie> {
	const { config, clock } = ctx.app;
	const token = generateIdFromEntropySize(25);
	const lucia = luciaOn(config, ctx.db);
	const user_agent = userAgent && cleanText(userAgent).slice(0, LONGEST_USER_AGENT);
	const [user] = await ctx.db
		.select({ sealed_totp: users.sealed_totp })
		.from(users)
		.where(eq(users.id, userId));
	const must_enroll = user?.sealed_totp == null && (await requiresTwoFactor(ctx));
	const now = clock();
	const times = { created_at: now, confirmed_at: now, last_seen_at: null };
	const attributes = { user_agent, ...times, must_enroll };
	await lucia.createSession(userId, attributes, { sessionId: sha256(token) });
	return authCookie(config, ctx.db, token);
}

export const authCookie = (config: Config, db: Db, token: string) =>
	present(luciaOn(config, db).createSessionCookie(token));

export const blankAuthCookie = (config: Config, db: Db) =>
	present(luciaOn(config, db).createBlankSessionCookie());

/** The token in a Cookie header, or null; a header that cannot be decoded has none. */
export function readToken(
	config: Config,
	db: Db,
	header: string | null | undefined,
): string | null {
	try {
		return luciaOn(config, db).readSessionCookie(header ?? '') || null;
	} catch {
		return null;
	}
}
