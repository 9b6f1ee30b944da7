import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { Actor, App } from '#lib/server/core/context.ts';
import { isEqualSecret, sha256 } from '#lib/server/core/secrets.ts';
import { scope } from '#lib/contract/api-key.ts';
import { api_keys, auth_sessions, users } from '#lib/server/core/db/schema/index.ts';
import { unauthorized } from '#lib/server/core/errors.ts';
import { type AuthCookie, createAuthCookie, hasEnded, createLucia, readToken } from './lucia.ts';

interface Credentials {
	cookie?: string | null;
	apiKey?: string | null;
	/** The client's IP address, stored with the last use of an API key. */
	ip?: string;
	/** Set when an open socket is rechecked, which must not extend its auth session. */
	isPassive?: boolean;
}

/**
 * Returns the actor for an API key or Cookie header. Pages, the API and sockets all authenticate here. An API key takes
 * precedence and throws `unauthorized` if invalid. Without credentials, or if the auth session has ended, the actor is
 * anonymous. Calls `renew` with a cookie to send when the auth session was extended.
 */
export async function authenticate(
	app: App,
	credentials: Credentials,
	renew?: (cookie: AuthCookie) => void,
): Promise<Actor> {
	if (credentials.apiKey) return authenticateApiKey(app, credentials.apiKey, credentials.ip);
	const token = readToken(app.config, credentials.cookie);
	if (!token) return { type: 'anonymous' };
	const { session, user } = await createLucia(app.config, app.db).validateSession(sha256(token));
	if (!user?.is_active || hasEnded(app.clock(), session)) return { type: 'anonymous' };
	if (!credentials.isPassive) updateLastSeen(app, session);
	if (session.fresh) renew?.(createAuthCookie(app.config, app.db, token));
	const { id, name, email, role } = user;
	const type = session.must_enroll ? 'enrolling' : 'user';
	return { type, id, name, email, role, confirmed_at: session.confirmed_at };
}

const USE_UPDATE_INTERVAL_MS = 60_000;

/** Returns the actor for an API key. Throws `unauthorized` if the key is unknown, revoked or expired. */
async function authenticateApiKey(app: App, key: string, ip?: string): Promise<Actor> {
	if (app.config.apiKey && isEqualSecret(app.config.apiKey, key)) {
		return { type: 'api_key', id: null, name: 'environment', scopes: scope.options };
	}
	const [row] = await app.db
		.select()
		.from(api_keys)
		.where(and(eq(api_keys.key_hash, sha256(key)), isNull(api_keys.revoked_at)));
	if (!row) throw unauthorized('the API key is not valid');
	if (row.expires_at && row.expires_at <= app.clock())
		throw unauthorized('the API key has expired');
	updateLastUse(app, row, ip);
	return { type: 'api_key', id: row.id, name: row.name, scopes: row.scopes };
}

/** Updates the time and address of the last use at most once a minute, without delaying the request. */
function updateLastUse(
	app: App,
	{ id, last_used_at }: { id: number; last_used_at: Date | null },
	ip: string | undefined,
): void {
	const now = app.clock();
	const staleBefore = new Date(now.getTime() - USE_UPDATE_INTERVAL_MS);
	if (last_used_at && last_used_at >= staleBefore) return;
	const isStale = or(isNull(api_keys.last_used_at), lt(api_keys.last_used_at, staleBefore));
	app.db
		.update(api_keys)
		.set({ last_used_at: now, ...(ip !== undefined && { last_used_ip: ip }) })
		.where(and(eq(api_keys.id, id), isStale))
		.catch((error: unknown) =>
			app.log.warn({ err: error }, 'failed to update the last use of an API key'),
		);
}

const LAST_SEEN_INTERVAL_MS = 60_000;

/** Updates when a user and their auth session were last seen, at most once a minute, without delaying the request. */
function updateLastSeen(
	app: App,
	{ id, userId, last_seen_at }: { id: string; userId: number; last_seen_at: Date | null },
): void {
	const now = app.clock();
	const staleBefore = new Date(now.getTime() - LAST_SEEN_INTERVAL_MS);
	if (last_seen_at && last_seen_at >= staleBefore) return;
	storeLastSeen(app, { id, userId, now, staleBefore }).catch((error: unknown) =>
		app.log.warn({ err: error }, 'failed to update when a user was last seen'),
	);
}

async function storeLastSeen(
	{ db }: App,
	{ id, userId, now, staleBefore }: { id: string; userId: number; now: Date; staleBefore: Date },
): Promise<void> {
	await db.update(auth_sessions).set({ last_seen_at: now }).where(eq(auth_sessions.id, id));
	const isStale = or(isNull(users.last_seen_at), lt(users.last_seen_at, staleBefore));
	await db
		.update(users)
		.set({ last_seen_at: now })
		.where(and(eq(users.id, userId), isStale));
}
