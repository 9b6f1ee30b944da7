import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Role, Scope } from '#lib/contract/api-key.ts';
import { at, createdAt, id, ref } from './columns';

/** People of the team. */
export const users = pgTable(
	'users',
	{
		id: id(),
		email: text().notNull(),
		name: text().notNull(),
		role: text().$type<Role>().notNull(),
		password_hash: text().notNull(),
		is_active: boolean().notNull().default(true),
		/** IANA name; null: the browser's. */
		time_zone: text(),
		wants_daily_summary: boolean().notNull().default(false),
		/** To the minute. */
		last_seen_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		// Sign-in: find by e-mail, whatever its case.
		uniqueIndex('users_email_unique').on(sql`lower(${table.email})`),
		check('users_role', sql`${table.role} in ('admin', 'agent')`),
	],
);

/** What a user's browser is signed in with; lucia's adapter wants these property names (columns: user_id, expires_at). */
export const auth_sessions = pgTable(
	'auth_sessions',
	{
		/** SHA-256 of the cookie's token, hex: who reads the table cannot sign in with it. */
		id: text().primaryKey(),
		userId: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		expiresAt: at().notNull(),
		/** The browser, as it named itself at sign-in. */
		user_agent: text(),
		created_at: createdAt(),
		/** To the minute. */
		last_seen_at: at(),
	},
	(table) => [
		// The auth sessions of one user: listed, and ended together.
		index('auth_sessions_user').on(table.userId),
	],
);

/** One-time links: for the first admin's set-up, and for a new password. */
export const user_tokens = pgTable(
	'user_tokens',
	{
		/** SHA-256 of the token, hex. */
		token_hash: text().primaryKey(),
		purpose: text().$type<'setup' | 'password_reset'>().notNull(),
		/** Whose password it changes. */
		user_id: ref().references(() => users.id, { onDelete: 'cascade' }),
		expires_at: at().notNull(),
	},
	(table) => [
		// A user's links, which end together.
		index('user_tokens_user').on(table.user_id),
	],
);

/** Who has been asked to join the team and has not yet. */
export const invitations = pgTable(
	'invitations',
	{
		id: id(),
		email: text().notNull(),
		role: text().$type<Role>().notNull(),
		/** SHA-256 of the token in the link, hex; a new link ends the one before. */
		token_hash: text().notNull().unique(),
		invited_by: text().notNull(),
		created_at: createdAt(),
		expires_at: at().notNull(),
	},
	(table) => [
		// One invitation an address, whatever its case.
		uniqueIndex('invitations_email_unique').on(sql`lower(${table.email})`),
		check('invitations_role', sql`${table.role} in ('admin', 'agent')`),
	],
);

/** How programs sign in: hashed, scoped, revocable at once. */
export const api_keys = pgTable('api_keys', {
	id: id(),
	name: text().notNull(),
	/** The first characters, to recognise a key by. */
	prefix: text().notNull(),
	/** SHA-256 of the key, hex: a key has 256 random bits, so a fast hash is enough. */
	key_hash: text().notNull().unique(),
	scopes: text().array().$type<Scope[]>().notNull(),
	created_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
	created_at: createdAt(),
	last_used_at: at(),
	revoked_at: at(),
});
