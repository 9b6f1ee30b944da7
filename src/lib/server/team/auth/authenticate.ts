import type { Actor, App } from '#lib/server/core/context.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { authenticateApiKey } from './authenticate-api-key.ts';
import { noteSeen } from './note-seen.ts';
import { authCookie, hasEnded, luciaOn, readToken, type AuthCookie } from './lucia.ts';

interface Credentials {
	cookie?: string | null;
	apiKey?: string | null;
	/** The client's address, which is kept as the key's last. */
	ip?: string;
	/** Nobody acts: an open socket that is checked again does not keep its auth session alive. */
	isPassive?: boolean;
}

/**
 * Who is asking, by Cookie header or API key: the one way in for pages, API and sockets. A key goes before a cookie and
 * throws Unauthorized when it is wrong; without either, or with a cookie whose auth session has ended, it is anonymous.
 * `renew` is called when the browser should get its cookie again.
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
	if (!given.isPassive) noteSeen(app, session);
	if (session.fresh) renew?.(authCookie(app.config, app.db, token));
	const { id, name, email, role } = user;
	const type = session.must_enroll ? 'enrolling' : 'user';
	return { type, id, name, email, role, confirmed_at: session.confirmed_at };
}
