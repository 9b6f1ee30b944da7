import { and, eq, notExists } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { photos, users } from '#lib/server/core/db/schema/index.ts';
import { sha256 } from '#lib/server/core/secrets.ts';

const SHA256 = /^[\da-f]{64}$/;

/** Returns the picture with this key as a data URL. Public: visitors see the photo of the agent who took over their chat. */
export async function findPhoto(ctx: Ctx, key: string): Promise<string | undefined> {
	if (!SHA256.test(key)) return undefined;
	const [row] = await ctx.db
		.select({ picture: photos.picture })
		.from(photos)
		.where(eq(photos.key, key));
	return row?.picture;
}

/** Stores a picture, once however many users have it, and returns its key. Doesn't check permissions. */
export async function storePhoto(tx: Ctx, picture: string): Promise<string> {
	const key = sha256(picture);
	await tx.db.insert(photos).values({ key, picture }).onConflictDoNothing();
	return key;
}

/** Deletes a picture unless a user still has it. Doesn't check permissions. */
export async function deleteUnusedPhoto(tx: Ctx, key: string): Promise<void> {
	const owner = tx.db.select({ id: users.id }).from(users).where(eq(users.photo_key, key));
	await tx.db.delete(photos).where(and(eq(photos.key, key), notExists(owner)));
}
