import { z } from 'zod';
import { timestamp } from './common.ts';
import { trimmedString } from './text.ts';

export const scope = z.enum([
	'sessions:read',
	'sessions:write',
	'leads:read',
	'leads:write',
	'stats:read',
	'errors:write',
	'errors:read',
	'sync',
	'admin',
]);
export type Scope = z.infer<typeof scope>;

export const role = z.enum(['admin', 'agent']);
export type Role = z.infer<typeof role>;

/** A key as it is listed: what it opens, never the key itself. */
export const apiKey = z
	.object({
		id: z.number().int(),
		name: z.string(),
		/** The key's first characters, to recognise it by. */
		prefix: z.string(),
		scopes: z.array(scope),
		created_at: timestamp,
		/** Null: it does not expire. */
		expires_at: timestamp.nullable(),
		/** To the minute. */
		last_used_at: timestamp.nullable(),
		/** The address that it was last used from. */
		last_used_ip: z.string().nullable(),
		revoked_at: timestamp.nullable(),
	})
	.meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

export const apiKeyInput = z
	.strictObject({
		name: trimmedString(100),
		scopes: z
			.array(scope)
			.min(1, 'choose at least one scope')
			.transform((scopes) => [...new Set(scopes)]),
		/** From then on the key is refused; null or absent: it does not expire. */
		expires_at: timestamp.nullable().optional(),
	})
	.meta({ id: 'ApiKeyInput' });
export type ApiKeyInput = z.input<typeof apiKeyInput>;

/** The answer to making a key: the only time that the key itself is shown. */
export const createdApiKey = z
	.object({ key: z.string(), api_key: apiKey })
	.meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof createdApiKey>;
