import { randomBytes } from 'node:crypto';
import { apiKeyInput, type ApiKeyInput, type CreatedApiKey } from '#lib/contract/api-key.ts';
import { audit } from '../audit/unchecked.ts';
import { requireAccessManager } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { api_keys } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { sha256 } from '#lib/server/core/secrets.ts';
import { presentApiKey } from './internal.ts';

const PREFIX_LENGTH = 10;

/** Creates an API key and returns its secret, of which only the hash is stored. Requires an access manager. */
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
