import { z } from 'zod';

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
