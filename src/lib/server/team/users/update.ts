import { and, asc, eq, ne, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AuditAction } from '#lib/contract/events.ts';
import { userPatch, type User, type UserPatch } from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import { endAuthSessions, endPasswordLinks, presentUser } from '../auth/unchecked.ts';
import {
	requireAccessManager,
	requireAdmin,
	requireRecentSignIn,
} from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';

type UserRow = typeof users.$inferSelect;

/**
 * Changes somebody's name, e-mail or role, disables or enables them; a new role, or being disabled, ends all their auth
 * sessions at once, a new e-mail the links that went to the old one. For admins; throws NotFound, and Conflict for an
 * e-mail that somebody else has and for what would leave no active admin, Forbidden for an API key that grants access.
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
		if (patch.email !== undefined) await requireFree(tx, patch.email, id);
		const [after] = await tx.db.update(users).set(patch).where(eq(users.id, id)).returning();
		if (!after) throw notFound('the user');
		const isAdmin = after.role === 'admin' && after.is_active;
		if (!isAdmin && admins.includes(id) && admins.length === 1) {
			throw conflict(
				'Somebody must stay who can manage Frontdesk: make another user an admin first.',
			);
		}
		await tell(tx, before, after);
		return presentUser(after);
	});
}

/** A new email receives the links for a new password, so it can turn a user into somebody else. */
const grantsAccess = ({ email, role, is_active }: z.output<typeof userPatch>) =>
	email !== undefined || role === 'admin' || is_active === true;

async function requireFree(tx: Ctx, email: string, id: number): Promise<void> {
	const isIt = sql`lower(${users.email}) = ${email.toLowerCase()}`;
	const [other] = await tx.db
		.select({ id: users.id })
		.from(users)
		.where(and(isIt, ne(users.id, id)));
	if (other) throw conflict('this e-mail belongs to somebody of the team already');
}

/**
 * The active admins, locked in the order of their ids: admins who demote each other come one after the other, and the
 * second one is none any more.
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

async function tell(tx: Ctx, before: UserRow, after: UserRow): Promise<void> {
	const target = { type: 'user', id: after.id, name: after.name };
	const acts: [boolean, AuditAction, Record<string, unknown>][] = [
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
	for (const [isDone, action, detail] of acts) {
		if (isDone) await audit(tx, { action, target, detail });
	}
	if (!after.is_active || before.email !== after.email) await endPasswordLinks(tx, after.id);
	if (before.role === after.role && before.is_active === after.is_active) return;
	await endAuthSessions(tx, after.id);
}
