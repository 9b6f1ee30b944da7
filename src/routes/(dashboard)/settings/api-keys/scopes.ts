import type { Scope } from '#lib/contract/api-key.ts';

/** What each scope opens, in plain words. */
export const SCOPES: readonly { scope: Scope; text: string }[] = [
	{
		scope: 'sessions:read',
		text: 'Read conversations, also as context for an AI, and hear live events',
	},
	{ scope: 'sessions:write', text: 'Bring messages in, change statuses, submit reviews' },
	{ scope: 'leads:read', text: 'Read and export leads, and their deliveries' },
	{ scope: 'leads:write', text: 'Change leads, send deliveries again' },
	{ scope: 'stats:read', text: 'Read statistics' },
	{ scope: 'errors:write', text: 'Report failures of a workflow, resolve them' },
	{ scope: 'errors:read', text: 'Read automation errors' },
	{ scope: 'sync', text: 'Start a sync' },
	{ scope: 'admin', text: 'Everything, also users, keys and permanent delete' },
];
