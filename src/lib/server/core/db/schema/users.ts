import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import type { Role, Scope } from '#lib/contract/api-key.ts';
import type { NotificationSettings } from '#lib/contract/notification.ts';
import { at, bigint, boolean, createdAt, id, integer, jsonb, ref, text } from './columns.ts';

/** Pictures of users, which visitors also see. Stored apart from `users`, whose rows are read often. */
export const photos = pgTable('photos', {
	/** A digest of the picture. */
	key: text().primaryKey(),
	/** A data URL. */
	picture: text().notNull(),
});

/** Team members. */
export const users = pgTable(
	'users',
	{
		id: id(),
		email: text().notNull(),
		name: text().notNull(),
		role: text().$type<Role>().notNull(),
		password_hash: text().notNull(),
		is_active: boolean().notNull().default(true),
		/** An IANA time zone; null to use the browser's. */
		time_zone: text(),
		wants_daily_summary: boolean().notNull().default(false),
		/** The key of the user's picture; null to show initials. */
		photo_key: text().references(() => photos.key, { onDelete: 'set null' }),
		/** Null to use the defaults. */
		notification_settings: jsonb().$type<NotificationSettings>(),
		/** The sealed secret of the authenticator app; null without two-factor authentication. */
		sealed_totp: text(),
		/** The sealed secret that is being set up, until a code confirms it. */
		sealed_totp_pending: text(),
		/** The time step of the newest accepted code, so that no code works twice. */
		totp_last_step: integer(),
		/** Updated at most once a minute. */
		last_seen_at: at(),
		created_at: createdAt(),
	},
	(table) => [
		// Sign-in: finds a user by email, regardless of case.
		uniqueIndex('users_email_unique').on(sql`lower(${table.email})`),
		check('users_role', sql`${table.role} in ('admin', 'agent')`),
	],
);

/** Signed-in browsers. Lucia's adapter requires the property names `userId` and `expiresAt` (columns: user_id, expires_at). */
export const auth_sessions = pgTable(
	'auth_sessions',
	{
		/** SHA-256 of the cookie's token in hex, so that a leaked table doesn't allow signing in. */
		id: text().primaryKey(),
		userId: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		expiresAt: at().notNull(),
		/** The browser's User-Agent at sign-in. */
		user_agent: text(),
		created_at: createdAt(),
		/** Updated at most once a minute. */
		last_seen_at: at(),
		/** When the password, or the second factor, was last entered in this browser. */
		confirmed_at: createdAt(),
		/** Whether the auth session only allows setting up two-factor authentication. */
		must_enroll: boolean().notNull().default(false),
	},
	(table) => [
		// The auth sessions of one user, which are listed and ended together.
		index('auth_sessions_user').on(table.userId),
	],
);

/** One-time codes that replace the authenticator app; a used one is deleted. */
export const recovery_codes = pgTable(
	'recovery_codes',
	{
		user_id: ref()
			.notNull()
			.references(() => users.id, { onDelete: 'cascade' }),
		/** SHA-256 of the code in hex; a code has 80 random bits. */
		code_hash: text().notNull(),
	},
	(table) => [primaryKey({ columns: [table.user_id, table.code_hash] })],
);

/** The settings of the whole installation, in a single row. */
export const installation_settings = pgTable(
	'installation_settings',
	{
		id: integer().primaryKey().default(1),
		/** Whether all users must set up two-factor authentication at their next sign-in. */
		requires_two_factor: boolean().notNull().default(false),
		/** The VAPID key pair, which identifies the installation to push services. Created on the first start. */
		vapid_public_key: text(),
		sealed_vapid_private_key: text(),
	},
	(table) => [check('installation_settings_one_row', sql`${table.id} = 1`)],
);

/** One-time tokens: for setting up the first admin, resetting a password, and sign-ins waiting for a second factor. */
export const user_tokens = pgTable(
	'user_tokens',
	{
		/** SHA-256 of the token in hex. */
		token_hash: text().primaryKey(),
		purpose: text().$type<'setup' | 'password_reset' | 'second_factor'>().notNull(),
		/** The user who is resetting their password or signing in; null for setup tokens. */
		user_id: ref().references(() => users.id, { onDelete: 'cascade' }),
		expires_at: at().notNull(),
	},
	(table) => [
		// A user's tokens, which are revoked together.
		index('user_tokens_user').on(table.user_id),
	],
);

/** Pending invitations to join the team. */
export const invitations = pgTable(
	'invitations',
	{
		id: id(),
		email: text().notNull(),
		role: text().$type<Role>().notNull(),
		/** SHA-256 of the link's token in hex; a new link replaces the previous one. */
		token_hash: text().notNull().unique(),
		invited_by: text().notNull(),
		created_at: createdAt(),
		expires_at: at().notNull(),
	},
	(table) => [
		// One invitation per email, regardless of case.
		uniqueIndex('invitations_email_unique').on(sql`lower(${table.email})`),
		check('invitations_role', sql`${table.role} in ('admin', 'agent')`),
	],
);

/** API keys, the credentials of external programs. */
export const api_keys = pgTable('api_keys', {
	id: id(),
	name: text().notNull(),
	/** The first characters, which identify a key in lists. */
	prefix: text().notNull(),
	/** SHA-256 of the key in hex; a fast hash is enough for 256 random bits. */
	key_hash: text().notNull().unique(),
	scopes: text().array().$type<Scope[]>().notNull(),
	created_by_id: ref().references(() => users.id, { onDelete: 'set null' }),
	created_at: createdAt(),
	/** Null if the key doesn't expire. */
	expires_at: at(),
	last_used_at: at(),
	/** The client address of the last use, according to `TRUST_PROXY`. */
	last_used_ip: text(),
	revoked_at: at(),
});

/** Rate limit counters, shared by all processes. rate-limiter-flexible requires these columns in this order. */
export const rate_limits = pgTable(
	'rate_limits',
	{
		/** `<limit>:<client>`. The client is hashed, except for the networks and users of sign-in limits. */
		key: text().primaryKey(),
		points: integer().notNull(),
		/** When the count expires, in ms since the epoch. */
		expire: bigint({ mode: 'number' }),
	},
	(table) => [
		// Expired counts.
		index('rate_limits_expire').on(table.expire),
	],
);
