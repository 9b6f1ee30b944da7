import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { N8nStep, N8nWorkflow } from '#lib/contract/n8n.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { sites, type ConnectorSettings } from './sites.ts';

/** What Frontdesk has created, or is about to create, in an n8n. An id is null until n8n has returned it. */
export interface N8nMade {
	/** Part of the name of everything created, so that a later run recognizes it. */
	tag: string;
	/** The value of the auth header of the site's calls, sealed. */
	sealed_header_value: string;
	/** The secret that signs leads, sealed. */
	sealed_lead_secret: string;
	/** The site's AI before the connection, which removing it restores. */
	previous_connector: ConnectorSettings | null;
	api_key_id: number | null;
	endpoint_id: number | null;
	credentials: { hint: string; name: string; type: string; id: string | null }[];
	workflows: { workflow: N8nWorkflow; name: string; path: string | null; id: string | null }[];
}

/** Connections of sites to an n8n. */
export const n8n_connections = pgTable('n8n_connections', {
	id: id(),
	site_id: ref()
		.notNull()
		.unique()
		.references(() => sites.id, { onDelete: 'cascade' }),
	/** n8n's address, without a trailing slash. */
	url: text().notNull(),
	/** The address at which n8n reaches Frontdesk. */
	frontdesk_url: text().notNull(),
	/** n8n's API key, stored only if the admin chooses to. */
	sealed_api_key: text(),
	made: jsonb().$type<N8nMade>().notNull(),
	steps: jsonb().$type<N8nStep[]>().notNull().default([]),
	status: text().$type<'running' | 'connected' | 'failed'>().notNull(),
	/** When the lease of the current run expires. */
	running_until: at(),
	created_at: createdAt(),
	updated_at: at().notNull().defaultNow(),
});
