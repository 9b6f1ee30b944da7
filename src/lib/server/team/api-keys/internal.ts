import type { ApiKey } from '#lib/contract/api-key.ts';
import type { api_keys } from '#lib/server/core/db/schema/index.ts';

export const presentApiKey = (row: typeof api_keys.$inferSelect): ApiKey => ({
	id: row.id,
	name: row.name,
	prefix: row.prefix,
	scopes: row.scopes,
	created_at: row.created_at.toISOString(),
	expires_at: row.expires_at?.toISOString() ?? null,
	last_used_at: row.last_used_at?.toISOString() ?? null,
	last_used_ip: row.last_used_ip,
	revoked_at: row.revoked_at?.toISOString() ?? null,
});
