import type { User } from '$lib/contract/user';
import type { users } from '../db/schema';

export const presentUser = (row: typeof users.$inferSelect): User => ({
	id: row.id,
	name: row.name,
	email: row.email,
	role: row.role,
	is_active: row.is_active,
	created_at: row.created_at.toISOString(),
	last_seen_at: row.last_seen_at?.toISOString() ?? null,
});
