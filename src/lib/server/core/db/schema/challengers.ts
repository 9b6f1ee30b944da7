import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ChallengerEnd, ChallengerEndDetail } from '#lib/contract/challenger.ts';
import { at, id, ref } from './columns.ts';
import { sites, type ConnectorSettings } from './sites.ts';

/** Second connectors of sites, each tried on a share of the new chats. The site's own connector is the champion. */
export const challengers = pgTable(
	'challengers',
	{
		id: id(),
		site_id: ref()
			.notNull()
			.references(() => sites.id),
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** The percentage of new visitors who are assigned to it. */
		share_percent: integer().notNull(),
		started_at: at().notNull(),
		/** Null while the trial runs. */
		ended_at: at(),
		ended_because: text().$type<ChallengerEnd>(),
		/** What made the guard end the trial. */
		ended_detail: jsonb().$type<ChallengerEndDetail>(),
		/** When its promotion was undone. */
		undone_at: at(),
	},
	(table) => [
		// At most one trial per site; new chats look for it.
		uniqueIndex('challengers_running')
			.on(table.site_id)
			.where(sql`${table.ended_at} is null`),
		// A site's trials, newest first.
		index('challengers_site').on(table.site_id, table.id),
		check('challengers_share_percent', sql`${table.share_percent} between 0 and 100`),
		check(
			'challengers_ended_because',
			sql`${table.ended_because} in ('stopped', 'replaced', 'promoted', 'failures', 'suite')`,
		),
		check('challengers_ended', sql`(${table.ended_at} is null) = (${table.ended_because} is null)`),
	],
);

/** Champions that another one replaced. Chats that began with them keep them. */
export const retired_connectors = pgTable(
	'retired_connectors',
	{
		id: id(),
		site_id: ref()
			.notNull()
			.references(() => sites.id),
		connector: jsonb().$type<ConnectorSettings>().notNull(),
		/** The challenger whose promotion, or whose undone promotion, replaced it. */
		challenger_id: ref().references(() => challengers.id, { onDelete: 'set null' }),
		retired_at: at().notNull(),
	},
	(table) => [
		// The champion that a chat began with: the first that was retired after its start.
		index('retired_connectors_site').on(table.site_id, table.retired_at),
		// Rows past their retention.
		index('retired_connectors_old').on(table.retired_at),
	],
);
