import type { User } from '#lib/contract/user.ts';
import type { users } from '#lib/server/core/db/schema/index.ts';

export const presentUser = (row: typeof users.$inferSelect): User => ({
	id: row.id,
	name: row.name,
	email: row.email,
	role: row.role,
	is_active: row.is_active,
	has_two_factor: row.sealed_totp !== null,
	created_at: row.created_at.toISOString(),
	last_seen_at: row.last_seen_at?.toISOString() ?? null,
});
