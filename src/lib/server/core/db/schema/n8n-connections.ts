import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { N8nStep, N8nWorkflow } from '#lib/contract/n8n.ts';
import { at, createdAt, id, ref } from './columns.ts';
import { sites, type ConnectorSettings } from './sites.ts';

/** What Frontdesk made, or is about to make, in somebody's n8n. An id is null until n8n has given it. */
export interface N8nMade {
	/** In the name of everything made, so that a later run recognizes it. */
	tag: string;
	/** The value of the header that the site's calls carry, sealed. */
	sealed_header_value: string;
	/** The secret that leads are signed with, sealed. */
	sealed_lead_secret: string;
	/** The site's AI before, to go back to. */
	previous_connector: ConnectorSettings | null;
	api_key_id: number | null;
	endpoint_id: number | null;
	credentials: { hint: string; name: string; type: string; id: string | null }[];
	workflows: { workflow: N8nWorkflow; name: string; path: string | null; id: string | null }[];
}

/** The n8n that a site is connected to. */
export const n8n_connections = pgTable('n8n_connections', {
	id: id(),
	site_id: ref()
		.notNull()
		.unique()
		.references(() => sites.id, { onDelete: 'cascade' }),
	/** n8n's address, without a slash at its end. */
	url: text().notNull(),
	/** The address by which n8n reaches Frontdesk. */
	frontdesk_url: text().notNull(),
	/** n8n's API key, only when the admin wants it kept. */
	sealed_api_key: text(),
	made: jsonb().$type<N8nMade>().notNull(),
	steps: jsonb().$type<N8nStep[]>().notNull().default([]),
	status: text().$type<'running' | 'connected' | 'failed'>().notNull(),
	/** A run whose process died lapses after this. */
	running_until: at(),
	created_at: createdAt(),
	updated_at: at().notNull().defaultNow(),
});
