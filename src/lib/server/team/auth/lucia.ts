import { DrizzlePostgreSQLAdapter, type PostgreSQLUserTable } from '@lucia-auth/adapter-drizzle';
import { generateIdFromEntropySize, Lucia, TimeSpan } from 'lucia';
import { cleanText } from '#lib/contract/text.ts';
import type { Config } from '#lib/server/core/config.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

declare module 'lucia' {
	interface Register {
		Lucia: ReturnType<typeof luciaOn>;
		UserId: number;
		DatabaseUserAttributes: Omit<typeof users.$inferSelect, 'id'>;
		DatabaseSessionAttributes: { user_agent: string | null; last_seen_at: Date | null };
	}
}

// The adapter's type does not know identity keys; it only ever reads this table.
const userTable = users as unknown as PostgreSQLUserTable;

/** With the prefix `__Host-` no other host of the domain can set the cookie; browsers take it over https only. */
export const authCookieName = ({ publicUrl }: Pick<Config, 'publicUrl'>) =>
	publicUrl.startsWith('https:') ? '__Host-frontdesk_session' : 'frontdesk_session';

const LONGEST_USER_AGENT = 300;

/** Lucia on the pool or on the caller's transaction. */
export function luciaOn(config: Config, db: Db) {
	return new Lucia(new DrizzlePostgreSQLAdapter(db, auth_sessions, userTable), {
		sessionExpiresIn: new TimeSpan(30, 'd'),
		sessionCookie: {
			name: authCookieName(config),
			// The database decides when an auth session ends; the cookie must outlive each renewal.
			expires: false,
			attributes: { secure: config.publicUrl.startsWith('https:'), sameSite: 'lax' },
		},
		getSessionAttributes: ({ last_seen_at }) => ({ last_seen_at }),
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

/** Signs a user's browser in: a new auth session, of which only the cookie knows the token. */
export async function startAuthSession(
	config: Config,
	db: Db,
	userId: number,
	userAgent: string | null = null,
): Promise<AuthCookie> {
	const token = generateIdFromEntropySize(25);
	const lucia = luciaOn(config, db);
	const user_agent = userAgent && cleanText(userAgent).slice(0, LONGEST_USER_AGENT);
	const attributes = { user_agent, last_seen_at: null };
	await lucia.createSession(userId, attributes, { sessionId: sha256(token) });
	return authCookie(config, db, token);
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
