import type { Actor, App } from '#lib/server/core/context.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { authenticateApiKey } from './authenticate-api-key';
import { noteSeen } from './note-seen';
import { authCookie, luciaOn, readToken, type AuthCookie } from './lucia';

/**
 * Who is asking, by Cookie header or API key: the one way in for pages, API and sockets. A key goes before a cookie and
 * throws Unauthorized when it is wrong; without either, or with a stale cookie, it is anonymous. `renew` is told when
 * the browser should get its cookie again.
 */
export async function authenticate(
	app: App,
	given: { cookie?: string | null; apiKey?: string | null },
	renew?: (cookie: AuthCookie) => void,
): Promise<Actor> {
	if (given.apiKey) return authenticateApiKey(app, given.apiKey);
	const token = readToken(app.config, app.db, given.cookie);
	if (!token) return { type: 'anonymous' };
	const { session, user } = await luciaOn(app.config, app.db).validateSession(sha256(token));
	if (!user?.is_active) return { type: 'anonymous' };
	noteSeen(app, session);
	if (session.fresh) renew?.(authCookie(app.config, app.db, token));
	return { type: 'user', id: user.id, name: user.name, email: user.email, role: user.role };
}
