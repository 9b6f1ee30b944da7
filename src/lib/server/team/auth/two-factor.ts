import { randomBytes } from 'node:crypto';
import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { base32 } from 'oslo/encoding';
import { createTOTPKeyURI } from 'oslo/otp';
import {
	type RecoveryCodes,
	type TwoFactor,
	twoFactorCodeInput,
	type TwoFactorCodeInput,
	type TwoFactorSetup,
} from '#lib/contract/user.ts';
import { audit } from '../audit/unchecked.ts';
import type { Actor, Ctx } from '#lib/server/core/context.ts';
import { recovery_codes, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden, notFound, unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	getAuthSessionId,
	endAuthSessions,
	endPasswordLinks,
	rotateAuthSession,
} from './auth-sessions.ts';
import { requiresTwoFactor } from './installation-settings.ts';
import type { AuthCookie } from './lucia.ts';
import {
	requireAdmin,
	requireRecentSignIn,
	requireSignedIn,
} from '#lib/server/core/permissions.ts';
import {
	countCodeAttempt,
	resetCodeAttempts,
	hashRecoveryCode,
	findTimeStep,
	createWrongCodeError,
} from './second-factor.ts';

const ISSUER = 'Frontdesk';
/** RFC 4226 recommends 160 bits. */
const SECRET_BYTES = 20;
const RECOVERY_CODE_COUNT = 10;

type Enrollee = Extract<Actor, { type: 'user' | 'enrolling' }>;

/** Returns the signed-in user, including one who must set up two-factor authentication first. */
function requireEnrollee({ actor }: Ctx): Enrollee {
	if (actor.type === 'user' || actor.type === 'enrolling') return actor;
	throw unauthorized('sign in first');
}

/** Returns the state of the signed-in user's two-factor authentication. */
export async function getTwoFactor(ctx: Ctx): Promise<TwoFactor> {
	const { id } = requireEnrollee(ctx);
	const [[user], codes, is_required] = await Promise.all([
		ctx.db.select({ sealed_totp: users.sealed_totp }).from(users).where(eq(users.id, id)),
		ctx.db.$count(recovery_codes, eq(recovery_codes.user_id, id)),
		requiresTwoFactor(ctx),
	]);
	return { is_enabled: user?.sealed_totp != null, recovery_codes_left: codes, is_required };
}

/**
 * Returns the secret for the signed-in user's authenticator app. Returns the same secret until a code is entered, so that
 * a second tab or a reload shows the one that was scanned. Throws `conflict` if two-factor authentication is already on.
 */
export async function startTwoFactor(ctx: Ctx): Promise<TwoFactorSetup> {
	const { id, email } = requireEnrollee(ctx);
	requireRecentSignIn(ctx);
	const { secrets } = ctx.app;
	const newSecret = base32.encode(randomBytes(SECRET_BYTES), { includePadding: false });
	const isOff = and(eq(users.id, id), isNull(users.sealed_totp));
	await ctx.db
		.update(users)
		.set({ sealed_totp_pending: secrets.seal(newSecret) })
		.where(and(isOff, isNull(users.sealed_totp_pending)));
	const [user] = await ctx.db
		.select({ sealed: users.sealed_totp_pending })
		.from(users)
		.where(isOff);
	if (!user?.sealed) throw conflict('two-factor authentication is already on');
	const secret = secrets.open(user.sealed);
	const uri = createTOTPKeyURI(ISSUER, email, base32.decode(secret, { strict: false }));
	return { secret, uri };
}

/**
 * Turns on two-factor authentication with a first code from the app, and returns the recovery codes, which are shown only
 * once, with the new cookie of this browser. Signs out the user's other browsers, which signed in with the password alone.
 * Throws `invalid` for a wrong code.
 */
export async function enableTwoFactor(
	ctx: Ctx,
	input: TwoFactorCodeInput,
	cookie: string | null,
): Promise<RecoveryCodes & { cookie: AuthCookie | null }> {
	const { id } = requireEnrollee(ctx);
	requireRecentSignIn(ctx);
	const { code } = parse(twoFactorCodeInput, input);
	await countCodeAttempt(ctx, id);
	const enabled = await inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select().from(users).where(eq(users.id, id)).for('update');
		if (!user?.sealed_totp_pending) throw conflict('two-factor authentication is already on');
		const secret = tx.app.secrets.open(user.sealed_totp_pending);
		const step = await findTimeStep(secret, code, tx.app.clock());
		if (step === undefined) {
			throw createWrongCodeError(
				'That code is incorrect. Enter the current code, and check that your phone’s clock is correct.',
			);
		}
		await tx.db
			.update(users)
			.set({
				sealed_totp: tx.app.secrets.seal(secret),
				sealed_totp_pending: null,
				totp_last_step: step,
			})
			.where(eq(users.id, id));
		const current = getAuthSessionId(tx, cookie);
		await endAuthSessions(tx, id, current);
		const newCookie = current === undefined ? null : await rotateAuthSession(tx, current);
		await audit(tx, { action: 'user.two_factor_enabled' });
		return { recovery_codes: await replaceRecoveryCodes(tx, id), cookie: newCookie };
	});
	await resetCodeAttempts(ctx, id);
	return enabled;
}

/** Replaces the signed-in user's recovery codes and returns the new ones, which are shown only once. */
export async function createRecoveryCodes(ctx: Ctx): Promise<RecoveryCodes> {
	const { id } = requireSignedIn(ctx);
	requireRecentSignIn(ctx);
	return inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select().from(users).where(eq(users.id, id)).for('update');
		if (!user?.sealed_totp) throw conflict('two-factor authentication is off');
		await audit(tx, { action: 'user.recovery_codes_created' });
		return { recovery_codes: await replaceRecoveryCodes(tx, id) };
	});
}

/** Turns off the signed-in user's two-factor authentication. Throws `conflict` if it is required for everyone. */
export async function disableTwoFactor(ctx: Ctx): Promise<void> {
	const { id } = requireSignedIn(ctx);
	requireRecentSignIn(ctx);
	if (await requiresTwoFactor(ctx)) {
		throw conflict('Two-factor authentication is required for everyone.');
	}
	await inTransaction(ctx, async (tx) => {
		if (await removeTwoFactor(tx, id)) await audit(tx, { action: 'user.two_factor_disabled' });
	});
}

/**
 * Removes the second factor of a user who lost their phone and recovery codes, and signs them out everywhere. Requires an
 * admin; API keys are refused because they must not weaken a sign-in. Throws `not_found`.
 */
export async function resetTwoFactor(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	if (ctx.actor.type === 'api_key') throw forbidden('only a signed-in user can do this');
	requireRecentSignIn(ctx);
	await inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select({ name: users.name }).from(users).where(eq(users.id, id));
		if (!user) throw notFound('the user');
		await removeTwoFactor(tx, id);
		await endAuthSessions(tx, id);
		await endPasswordLinks(tx, id);
		const target = { type: 'user', id, name: user.name };
		await audit(tx, { action: 'user.two_factor_reset', target });
	});
}

/** Removes a user's second factor and recovery codes. Returns false if there was none. */
async function removeTwoFactor(tx: Ctx, id: number): Promise<boolean> {
	await tx.db.delete(recovery_codes).where(eq(recovery_codes.user_id, id));
	const removed = await tx.db
		.update(users)
		.set({ sealed_totp: null, sealed_totp_pending: null, totp_last_step: null })
		.where(and(eq(users.id, id), isNotNull(users.sealed_totp)))
		.returning({ id: users.id });
	return removed.length > 0;
}

async function replaceRecoveryCodes(tx: Ctx, userId: number): Promise<string[]> {
	const codes = Array.from({ length: RECOVERY_CODE_COUNT }, createRecoveryCode);
	await tx.db.delete(recovery_codes).where(eq(recovery_codes.user_id, userId));
	await tx.db
		.insert(recovery_codes)
		.values(codes.map((code) => ({ user_id: userId, code_hash: hashRecoveryCode(code) })));
	return codes;
}

/** Creates a code of 80 random bits in groups of four letters and digits, such as `k3fa-x2pd-…`. */
const createRecoveryCode = () =>
	base32
		.encode(randomBytes(10))
		.toLowerCase()
		.replace(/(.{4})(?=.)/g, '$1-');
