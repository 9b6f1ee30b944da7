import { and, asc, eq, ne, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AuditAction } from '#lib/contract/events.ts';
import {
	type AuthSession,
	type Profile,
	profileInput,
	type ProfileInput,
	type User,
	type UserPatch,
	userPatch,
} from '#lib/contract/user.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, readRows, runRead } from '#lib/server/core/db/reads.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden, notFound, unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	requireAccessManager,
	requireAdmin,
	requireRecentSignIn,
	requireSignedIn,
	requireTeam,
} from '#lib/server/core/permissions.ts';
import { audit } from '../audit/unchecked.ts';
import {
	getAuthSessionId,
	listUserAuthSessions,
	endAuthSessions,
	endPasswordLinks,
	presentUser,
} from '../auth/unchecked.ts';
import { deleteUnusedPhoto, findPhoto, storePhoto } from './photos.ts';

/** Returns a user; throws `not_found`. */
export async function getUser(ctx: Ctx, id: number): Promise<User> {
	requireTeam(ctx, 'sessions:read');
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw notFound('the user');
	return presentUser(row);
}

/** Returns at most 500 users by name, including disabled ones. */
export async function listUsers(ctx: Ctx): Promise<User[]> {
	requireTeam(ctx, 'sessions:read');
	return runRead(ctx.db, readUsers());
}

export const readUsers = (): Read<User[]> =>
	readRows(
		users,
		sql`select * from users order by ${asc(users.name)}, ${asc(users.id)} limit 500`,
		(rows) => rows.map(presentUser),
	);

type UserRow = typeof users.$inferSelect;

/**
 * Changes a user's name, email or role, or disables or enables them. Changing the role or disabling ends all their auth
 * sessions; changing the email revokes links sent to the old one. Requires an admin, and an access manager to grant access.
 * Throws `not_found`, or `conflict` if the email is taken or no active admin would remain.
 */
export async function updateUser(ctx: Ctx, id: number, input: UserPatch): Promise<User> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	const patch = parse(userPatch, input);
	if (grantsAccess(patch)) requireAccessManager(ctx);
	return inTransaction(ctx, async (tx) => {
		const admins = await lockAdmins(tx);
		const [before] = await tx.db.select().from(users).where(eq(users.id, id)).for('update');
		if (!before) throw notFound('the user');
		if (patch.email !== undefined) await requireUnusedEmail(tx, patch.email, id);
		const [after] = await tx.db.update(users).set(patch).where(eq(users.id, id)).returning();
		if (!after) throw notFound('the user');
		const isAdmin = after.role === 'admin' && after.is_active;
		if (!isAdmin && admins.includes(id) && admins.length === 1) {
			throw conflict('Frontdesk needs at least one admin. Make another user an admin first.');
		}
		await recordChanges(tx, before, after);
		return presentUser(after);
	});
}

/** Returns whether a change grants access. A new email does, because its owner can request a password reset link. */
const grantsAccess = ({ email, role, is_active }: z.output<typeof userPatch>) =>
	email !== undefined || role === 'admin' || is_active === true;

async function requireUnusedEmail(tx: Ctx, email: string, id: number): Promise<void> {
	const hasEmail = sql`lower(${users.email}) = ${email.toLowerCase()}`;
	const [other] = await tx.db
		.select({ id: users.id })
		.from(users)
		.where(and(hasEmail, ne(users.id, id)));
	if (other) throw conflict('a user with this email already exists');
}

/**
 * Locks the active admins in the order of their ids, which serializes admins who demote each other: the second one is no
 * longer an admin and is refused.
 */
async function lockAdmins(tx: Ctx): Promise<number[]> {
	const rows = await tx.db
		.select({ id: users.id })
		.from(users)
		.where(and(eq(users.role, 'admin'), eq(users.is_active, true)))
		.orderBy(asc(users.id))
		.for('update');
	const ids = rows.map((row) => row.id);
	const { actor } = tx;
	if (actor.type === 'user' && !ids.includes(actor.id)) throw forbidden('only admins can do this');
	return ids;
}

async function recordChanges(tx: Ctx, before: UserRow, after: UserRow): Promise<void> {
	const target = { type: 'user', id: after.id, name: after.name };
	const changes: [boolean, AuditAction, Record<string, unknown>][] = [
		[before.name !== after.name, 'user.updated', { name: { from: before.name, to: after.name } }],
		[
			before.email !== after.email,
			'user.updated',
			{ email: { from: before.email, to: after.email } },
		],
		[
			before.role !== after.role,
			'user.role_changed',
			{ role: { from: before.role, to: after.role } },
		],
		[before.is_active && !after.is_active, 'user.disabled', {}],
		[!before.is_active && after.is_active, 'user.enabled', {}],
	];
	for (const [hasChanged, action, detail] of changes) {
		if (hasChanged) await audit(tx, { action, target, detail });
	}
	if (!after.is_active || before.email !== after.email) await endPasswordLinks(tx, after.id);
	if (before.role === after.role && before.is_active === after.is_active) return;
	await endAuthSessions(tx, after.id);
}

/** Ends all auth sessions of a user and closes their sockets. Requires an admin; throws `not_found`. */
export async function signOutEverywhere(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	requireRecentSignIn(ctx);
	await inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select({ name: users.name }).from(users).where(eq(users.id, id));
		if (!user) throw notFound('the user');
		await endAuthSessions(tx, id);
		const target = { type: 'user', id, name: user.name };
		await audit(tx, { action: 'user.signed_out_everywhere', target });
	});
}

/** Returns the signed-in user with their own settings. */
export async function getProfile(ctx: Ctx): Promise<Profile> {
	const { id } = requireSignedIn(ctx);
	const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
	if (!row) throw unauthorized('sign in first');
	const { time_zone, wants_daily_summary, photo_key } = row;
	const picture = photo_key === null ? '' : ((await findPhoto(ctx, photo_key)) ?? '');
	return { ...presentUser(row), time_zone, wants_daily_summary, picture };
}

/** Updates the signed-in user's name, photo, time zone and daily summary; throws `invalid`. */
export async function updateProfile(ctx: Ctx, input: ProfileInput): Promise<Profile> {
	const actor = requireSignedIn(ctx);
	const { name, time_zone, wants_daily_summary, picture } = parse(profileInput, input);
	return inTransaction(ctx, async (tx) => {
		const [before] = await tx.db
			.select({ photo_key: users.photo_key })
			.from(users)
			.where(eq(users.id, actor.id))
			.for('update');
		const photo_key = picture === '' ? null : await storePhoto(tx, picture);
		await tx.db
			.update(users)
			.set({ name, time_zone: time_zone || null, wants_daily_summary, photo_key })
			.where(eq(users.id, actor.id));
		if (before?.photo_key) await deleteUnusedPhoto(tx, before.photo_key);
		const target = { type: 'user', id: actor.id, name };
		await audit(tx, { action: 'user.updated', target });
		return getProfile(tx);
	});
}

/** Returns the signed-in user's latest 100 auth sessions. */
export async function listOwnAuthSessions(ctx: Ctx, cookie: string | null): Promise<AuthSession[]> {
	return listUserAuthSessions(ctx, requireSignedIn(ctx).id, cookie);
}

/** Signs the user out of every browser except the one with this cookie. */
export async function endOtherAuthSessions(ctx: Ctx, cookie: string | null): Promise<void> {
	const actor = requireSignedIn(ctx);
	const current = getAuthSessionId(ctx, cookie);
	if (current === undefined) throw unauthorized('sign in first');
	await inTransaction(ctx, async (tx) => {
		await endAuthSessions(tx, actor.id, current);
		const target = { type: 'user', id: actor.id, name: actor.name };
		await audit(tx, { action: 'user.signed_out_everywhere', target, detail: { others: true } });
	});
}
