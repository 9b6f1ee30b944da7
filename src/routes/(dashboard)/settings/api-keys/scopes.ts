import type { Scope } from '#lib/contract/api-key.ts';

/** Descriptions of the scopes. */
export const SCOPES: readonly { scope: Scope; text: string }[] = [
	{
		scope: 'sessions:read',
		text: 'Read chats, fetch context for an AI, and receive live events',
	},
	{ scope: 'sessions:write', text: 'Add messages, change statuses, submit reviews' },
	{ scope: 'leads:read', text: 'Read and export leads and deliveries' },
	{ scope: 'leads:write', text: 'Edit leads, resend deliveries' },
	{ scope: 'stats:read', text: 'Read statistics' },
	{ scope: 'quality:read', text: 'Read automatic checks, test cases, suites and their runs' },
	{ scope: 'quality:write', text: 'Edit test cases and suites, run suites' },
	{ scope: 'errors:write', text: 'Report and resolve workflow errors' },
	{ scope: 'errors:read', text: 'Read automation errors' },
	{ scope: 'sync', text: 'Start a sync' },
	{ scope: 'admin', text: 'Full access, including the team, API keys and permanent deletion' },
];
