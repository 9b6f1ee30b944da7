import { randomUUID } from 'node:crypto';
import { hashPassword } from '#lib/server/team/auth/passwords.ts';
import { type AuthCookie, signIn } from '#lib/server/team/auth/index.ts';
import { createSystemContext, type Actor, type App, type Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import type { TestApp } from '../support/app.ts';

type UserRow = typeof users.$inferSelect;

/** Caches password hashes, because hashing is deliberately slow. */
const hashes = new Map<string, Promise<string>>();

function hashOnce(password: string): Promise<string> {
	const hash = hashes.get(password) ?? hashPassword(password);
	hashes.set(password, hash);
	return hash;
}

/** Creates a user who can sign in with `password`. */
export async function createUser(
	app: App,
	values: Partial<Pick<UserRow, 'email' | 'name' | 'role' | 'is_active'>> & {
		password?: string;
	} = {},
): Promise<UserRow & { password: string }> {
	const { password = 'tangerine orbit 7', ...columns } = values;
	const [row] = await app.db
		.insert(users)
		.values({
			email: `${randomUUID()}@example.com`,
			name: 'Ada Lovelace',
			role: 'agent',
			password_hash: await hashOnce(password),
			...columns,
		})
		.returning();
	if (!row) throw new Error('the user was not created');
	return { ...row, password };
}

/** Returns the actor for a user who has signed in recently. */
export const toActor = ({ id, name, email, role }: UserRow): Actor => ({
	type: 'user',
	id,
	name,
	email,
	role,
	// Recent even for tests that move the clock.
	confirmed_at: new Date('9999-01-01'),
});

/** Creates a user, by default an agent, and returns their context. */
export const createUserCtx = async (
	t: TestApp,
	values?: Parameters<typeof createUser>[1],
): Promise<Ctx> => t.ctx(toActor(await createUser(t.app, values)));

export const toCookieHeader = ({ name, value }: AuthCookie) => `${name}=${value}`;

/** Signs a user in. Returns the Cookie header. */
export async function signInForCookie(
	app: App,
	{ email, password }: { email: string; password: string },
): Promise<string> {
	const ctx = { ...createSystemContext(app), actor: { type: 'anonymous' as const } };
	const { cookie } = await signIn(ctx, { email, password }, { ip: '192.0.2.7', cookie: null });
	return toCookieHeader(cookie);
}
