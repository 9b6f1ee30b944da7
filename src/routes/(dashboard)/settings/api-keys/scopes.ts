import type { Scope } from '#lib/contract/api-key.ts';

/** The scopes with their descriptions; those that allow reading have a path for a first call. */
export const SCOPES: readonly { scope: Scope; text: string; path?: string }[] = [
	{
		scope: 'sessions:read',
		text: 'Read chats, fetch context for an AI, and receive live events',
		path: '/api/sessions?limit=1',
	},
	{
		scope: 'sessions:write',
		text: 'Add messages and notes, take over chats, change statuses and submit reviews',
	},
	{ scope: 'leads:read', text: 'Read and export leads and deliveries', path: '/api/leads?limit=1' },
	{ scope: 'leads:write', text: 'Edit leads and resend deliveries' },
	{ scope: 'stats:read', text: 'Read statistics', path: '/api/stats' },
	{
		scope: 'quality:read',
		text: 'Read automatic checks, test cases, suites and their runs',
		path: '/api/suites',
	},
	{ scope: 'quality:write', text: 'Edit test cases and suites, and run suites' },
	{ scope: 'errors:write', text: 'Report and resolve automation errors' },
	{
		scope: 'errors:read',
		text: 'Read automation errors and AI answers',
		path: '/api/errors?limit=1',
	},
	{ scope: 'sync', text: 'Import n8n chat memory and complete missed chats' },
	{
		scope: 'admin',
		text: 'Full access, including the team, API keys and permanent deletion',
		path: '/api/sessions?limit=1',
	},
];

/** Returns a curl command with this key; undefined if none of its scopes allows reading. */
export function createFirstCall(url: string, key: string, scopes: readonly Scope[]) {
	const path = SCOPES.find(({ scope, path }) => path && scopes.includes(scope))?.path;
	return path && `curl -H "X-API-Key: ${key}" "${url}${path}"`;
}
