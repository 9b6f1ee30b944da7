import type { Actor, App } from '#lib/server/core/context.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { authenticateApiKey } from './authenticate-api-key.ts';
import { updateLastSeen } from './note-seen.ts';
import { authCookie, hasEnded, luciaOn, readToken, type AuthCookie } from './lucia.ts';

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
 * precedence and throws Unauthorized if invalid. Without credentials, or if the auth session has ended, the actor is
 * anonymous. Calls `renew` with a cookie to send when the auth session was extended.
 */
export async function authenticate(
	app: App,
	given: Credentials,
	renew?: (cookie: AuthCookie) => void,
): Promise<Actor> {
	if (given.apiKey) return authenticateApiKey(app, given.apiKey, given.ip);
	const token = readToken(app.config, app.db, given.cookie);
	if (!token) return { type: 'anonymous' };
	const { session, user } = await luciaOn(app.config, app.db).validateSession(sha256(token));
	if (!user?.is_active || hasEnded(app.clock(), session)) return { type: 'anonymous' };
	if (!given.isPassive) updateLastSeen(app, session);
	if (session.fresh) renew?.(authCookie(app.config, app.db, token));
	const { id, name, email, role } = user;
	const type = session.must_enroll ? 'enrolling' : 'user';
	return { type, id, name, email, role, confirmed_at: session.confirmed_at };
}
