import { and, desc, eq, isNull } from 'drizzle-orm';
import { randomBytes } from 'node:crypto';
import {
	type ApiKey,
	type ApiKeyInput,
	apiKeyInput,
	type CreatedApiKey,
} from '#lib/contract/api-key.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { api_keys } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	requireAccessManager,
	requireAdmin,
	requireRecentSignIn,
} from '#lib/server/core/permissions.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { audit } from '../audit/unchecked.ts';

const presentApiKey = (row: typeof api_keys.$inferSelect): ApiKey => ({
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

const PREFIX_LENGTH = 10;

/** Creates an API key and returns its secret. Stores only the hash. Requires an access manager. */
export async function createApiKey(ctx: Ctx, input: ApiKeyInput): Promise<CreatedApiKey> {
	requireAccessManager(ctx);
	const { name, scopes, expires_at } = parse(apiKeyInput, input);
	if (expires_at && new Date(expires_at) <= ctx.app.clock()) {
		const message = 'choose a time in the future';
		throw new AppError('invalid', message, { errors: [{ path: 'expires_at', message }] });
	}
	const key = `fd_${randomBytes(32).toString('base64url')}`;
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.insert(api_keys)
			.values({
				name,
				scopes,
				prefix: key.slice(0, PREFIX_LENGTH),
				key_hash: sha256(key),
				created_by_id: ctx.actor.type === 'user' ? ctx.actor.id : null,
				created_at: ctx.app.clock(),
				expires_at: expires_at ? new Date(expires_at) : null,
			})
			.returning();
		if (!row) throw new Error('an inserted API key was not returned');
		await audit(tx, {
			action: 'api_key.created',
			target: { type: 'api_key', id: row.id, name },
			detail: { scopes, expires_at },
		});
		return { key, api_key: presentApiKey(row) };
	});
}

/** Returns the latest 500 API keys, including revoked ones. Requires an admin. */
export async function listApiKeys(ctx: Ctx): Promise<ApiKey[]> {
	requireAdmin(ctx);
	const rows = await ctx.db.select().from(api_keys).orderBy(desc(api_keys.id)).limit(500);
	return rows.map(presentApiKey);
}

/** Revokes an API key permanently. Idempotent. Requires an admin; throws `not_found`. */
export async function revokeApiKey(ctx: Ctx, id: number): Promise<ApiKey> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	return inTransaction(ctx, async (tx) => {
		const [revoked] = await tx.db
			.update(api_keys)
			.set({ revoked_at: ctx.app.clock() })
			.where(and(eq(api_keys.id, id), isNull(api_keys.revoked_at)))
			.returning();
		if (revoked) {
			const target = { type: 'api_key', id, name: revoked.name };
			await audit(tx, { action: 'api_key.revoked', target });
			return presentApiKey(revoked);
		}
		const [row] = await tx.db.select().from(api_keys).where(eq(api_keys.id, id));
		if (!row) throw notFound('the API key');
		return presentApiKey(row);
	});
}
