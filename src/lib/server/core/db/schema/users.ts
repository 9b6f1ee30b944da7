import { sql } from 'drizzle-orm';
import {
	bigint,
	boolean,
	check,
	index,
	integer,
	pgTable,
	primaryKey,
	text,
	uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Role, Scope } from '#lib/contract/api-key.ts';
import { at, createdAt, id, ref } from './columns.ts';

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
		/** The secret of their authenticator app, sealed; null: signing in takes the password alone. */
		sealed_totp: text(),
		/** The secret that is being set up, sealed, until a code of it was entered. */
		sealed_totp_pending: text(),
		/** The time step of the newest code that was accepted: no code works twice. */
		totp_last_step: integer(),
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
		/** When the password, or the second factor, was last given in this browser. */
		confirmed_at: createdAt(),
		/** Opens nothing but the set-up of two-factor authentication. */
		must_enroll: boolean().notNull().default(false),
	},
	(table) => [
		// The auth sessions of one user: listed, and ended together.
		index('auth_sessions_user').on(table.userId),
	],
);

/** Codes that each stand in for the authenticator app once; a used one is deleted. */
export const recovery_codes = pgTable(
	'recovery_codes',
	{
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		/** SHA-256 of the code, hex: a code has 80 random bits. */
		code_hash: text().notNull(),
	},
	(table) => [primaryKey({ columns: [table.user_id, table.code_hash] })],
);

/** The one row of settings that hold for the whole installation. */
export const installation_settings = pgTable(
	'installation_settings',
	{
		id: integer().primaryKey().default(1),
		/** Everybody sets up two-factor authentication at their next sign-in. */
		requires_two_factor: boolean().notNull().default(false),
	},
	(table) => [check('installation_settings_one_row', sql`${table.id} = 1`)],
);

/** One-time links and steps: the first admin's set-up, a new password, a sign-in that waits for its second factor. */
export const user_tokens = pgTable(
	'user_tokens',
	{
		/** SHA-256 of the token, hex. */
		token_hash: text().primaryKey(),
		purpose: text().$type<'setup' | 'password_reset' | 'second_factor'>().notNull(),
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
	/** Null: it does not expire. */
	expires_at: at(),
	last_used_at: at(),
	/** The address that it was last used from, as seen behind TRUST_PROXY. */
	last_used_ip: text(),
	revoked_at: at(),
});

/** Attempts to sign in, counted for all processes. rate-limiter-flexible names these columns and relies on their order. */
export const rate_limits = pgTable(
	'rate_limits',
	{
		/** The limit, and the network, user or hash of the email that it counts. */
		key: text().primaryKey(),
		points: integer().notNull(),
		/** When the count ends, in ms since 1970. */
		expire: bigint({ mode: 'number' }),
	},
	(table) => [
		// Housekeeping: find counts that have run out.
		index('rate_limits_expire').on(table.expire),
	],
);
