import type { Scope } from '#lib/contract/api-key.ts';

/** Descriptions of the scopes. */
export const SCOPES: readonly { scope: Scope; text: string }[] = [
	{
		scope: 'sessions:read',
		text: 'Read chats, fetch context for an AI, and receive live events',
	},
	{
		scope: 'sessions:write',
		text: 'Add messages and notes, take over chats, change statuses and submit reviews',
	},
	{ scope: 'leads:read', text: 'Read and export leads and deliveries' },
	{ scope: 'leads:write', text: 'Edit leads and resend deliveries' },
	{ scope: 'stats:read', text: 'Read statistics' },
	{ scope: 'quality:read', text: 'Read automatic checks, test cases, suites and their runs' },
	{ scope: 'quality:write', text: 'Edit test cases and suites, and run suites' },
	{ scope: 'errors:write', text: 'Report and resolve automation errors' },
	{ scope: 'errors:read', text: 'Read automation errors and AI answers' },
	{ scope: 'sync', text: 'Import n8n chat memory and complete missed chats' },
	{ scope: 'admin', text: 'Full access, including the team, API keys and permanent deletion' },
];
