import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { scope } from '#lib/contract/api-key.ts';
import type { Actor, App } from '#lib/server/core/context.ts';
import { api_keys } from '#lib/server/core/db/schema/index.ts';
import { unauthorized } from '#lib/server/core/errors.ts';
import { isSame, sha256 } from '#lib/server/core/secrets.ts';

const USE_UPDATE_INTERVAL_MS = 60_000;

/** Returns the actor for an API key. Throws Unauthorized if the key is unknown, revoked or expired. */
export async function authenticateApiKey(app: App, key: string, ip?: string): Promise<Actor> {
	if (app.config.apiKey && isSame(app.config.apiKey, key)) {
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
	const stale = new Date(now.getTime() - USE_UPDATE_INTERVAL_MS);
	if (last_used_at && last_used_at >= stale) return;
	const isStale = or(isNull(api_keys.last_used_at), lt(api_keys.last_used_at, stale));
	app.db
		.update(api_keys)
		.set({ last_used_at: now, ...(ip !== undefined && { last_used_ip: ip }) })
		.where(and(eq(api_keys.id, id), isStale))
		.catch((error: unknown) =>
			app.log.warn({ err: error }, 'could not update the last use of an API key'),
		);
}
