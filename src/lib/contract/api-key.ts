import { z } from 'zod';
import { timestamp } from './common.ts';
import { trimmedString } from './text.ts';

export const scope = z.enum([
	'sessions:read',
	'sessions:write',
	'leads:read',
	'leads:write',
	'stats:read',
	'quality:read',
	'quality:write',
	'errors:write',
	'errors:read',
	'sync',
	'admin',
]);
export type Scope = z.infer<typeof scope>;

export const role = z.enum(['admin', 'agent']);
export type Role = z.infer<typeof role>;

/** An API key without its secret. */
export const apiKey = z
	.object({
		id: z.number().int(),
		name: z.string(),
		/** The first characters of the key, for recognition. */
		prefix: z.string(),
		scopes: z.array(scope),
		created_at: timestamp,
		/** Null if the key does not expire. */
		expires_at: timestamp.nullable(),
		/** Updated at most once a minute. */
		last_used_at: timestamp.nullable(),
		/** The IP address of the last use. */
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
		/** The key is rejected from this time on. Null or omitted for a key that does not expire. */
		expires_at: timestamp.nullable().optional(),
	})
	.meta({ id: 'ApiKeyInput' });
export type ApiKeyInput = z.input<typeof apiKeyInput>;

/** The response to creating a key, the only one that contains the key itself. */
export const createdApiKey = z
	.object({ key: z.string(), api_key: apiKey })
	.meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof createdApiKey>;
