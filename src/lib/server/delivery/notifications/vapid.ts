import { isNull, sql } from 'drizzle-orm';
import type { Ctx } from '#lib/server/core/context.ts';
import { installation_settings } from '#lib/server/core/db/schema/index.ts';

/**
 * Returns the public key that identifies this installation to push services, and creates the pair if there is none. All
 * processes use the same pair. Returns null, and logs it, when the private key was sealed with an unknown `SECRET_KEY`.
 */
export async function ensureVapidKeys(ctx: Ctx): Promise<string | null> {
	const { secrets, log } = ctx.app;
	const found = (await readKeys(ctx)) ?? (await createKeys(ctx));
	try {
		secrets.open(found.sealed_private);
		return found.public;
	} catch (error) {
		log.error({ err: error }, 'push messages cannot be sent: their key cannot be read');
		return null;
	}
}

async function readKeys(ctx: Ctx): Promise<{ public: string; sealed_private: string } | undefined> {
	const [row] = await ctx.db.select().from(installation_settings);
	const { vapid_public_key, sealed_vapid_private_key } = row ?? {};
	return vapid_public_key && sealed_vapid_private_key
		? { public: vapid_public_key, sealed_private: sealed_vapid_private_key }
		: undefined;
}

/** Stores a new pair, unless another process was faster; returns the stored one. */
async function createKeys(ctx: Ctx): Promise<{ public: string; sealed_private: string }> {
	const { default: webPush } = await import('web-push');
	const { publicKey, privateKey } = webPush.generateVAPIDKeys();
	const keys = {
		vapid_public_key: publicKey,
		sealed_vapid_private_key: ctx.app.secrets.seal(privateKey),
	};
	await ctx.db
		.insert(installation_settings)
		.values({ id: 1, ...keys })
		.onConflictDoUpdate({
			target: installation_settings.id,
			set: keys,
			setWhere: isNull(sql`${installation_settings.vapid_public_key}`),
		});
	const stored = await readKeys(ctx);
	if (!stored) throw new Error('the keys for push messages were not stored');
	return stored;
}
