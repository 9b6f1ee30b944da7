import type { App } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';

/** Returns whether a user exists. Until then, only `/setup` is accessible. */
export async function isSetUp(app: App): Promise<boolean> {
	const [anyone] = await app.db.select({ id: users.id }).from(users).limit(1);
	return anyone !== undefined;
}
