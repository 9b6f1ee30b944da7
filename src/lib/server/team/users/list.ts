import { asc, sql } from 'drizzle-orm';
import type { User } from '#lib/contract/user.ts';
import { presentUser } from '../auth/unchecked.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, readRows, runRead } from '#lib/server/core/db/reads.ts';
import { users } from '#lib/server/core/db/schema/index.ts';

/** Returns at most 500 users by name, including disabled ones. */
export async function listUsers(ctx: Ctx): Promise<User[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readUsers());
}

export const readUsers = (): Read<User[]> =>
	readRows(
		users,
		sql`select * from users order by ${asc(users.name)}, ${asc(users.id)} limit 500`,
		(rows) => rows.map(presentUser),
	);
