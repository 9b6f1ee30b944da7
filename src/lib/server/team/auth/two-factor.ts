import { randomBytes } from 'node:crypto';
import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import { base32 } from 'oslo/encoding';
import { createTOTPKeyURI } from 'oslo/otp';
import {
	twoFactorCodeInput,
	type RecoveryCodes,
	type TwoFactor,
	type TwoFactorCodeInput,
	type TwoFactorSetup,
} from '#lib/contract/two-factor.ts';
import { audit } from '../audit/unchecked.ts';
import type { Actor, Ctx } from '#lib/server/core/context.ts';
import { auth_sessions, recovery_codes, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { conflict, forbidden, notFound, unauthorized } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { authSessionIdOf, endAuthSessions, endPasswordLinks } from './auth-sessions.ts';
import { requiresTwoFactor } from './installation-settings.ts';
import {
	requireAdmin,
	requireRecentSignIn,
	requireSignedIn,
} from '#lib/server/core/permissions.ts';
import {
	countCode,
	forgiveCodes,
	hashRecoveryCode,
	matchingStep,
	wrongCode,
} from './second-factor.ts';

const ISSUER = 'Frontdesk';
/** RFC 4226 recommends 160 bits. */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;

type Enrollee = Extract<Actor, { type: 'user' | 'enrolling' }>;

/** Whoever is signed in, also where all that they may do is set up two-factor authentication. */
function requireEnrollee({ actor }: Ctx): Enrollee {
	if (actor.type === 'user' || actor.type === 'enrolling') return actor;
	throw unauthorized('sign in first');
}

/** Returns how the asking user's two-factor authentication stands. */
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
 * Returns the secret for the asking user's authenticator app. The same one is returned until a code of it is entered, so
 * that a second tab or a reload shows what was scanned. Throws Conflict where it is enabled already.
 */
export async function startTwoFactor(ctx: Ctx): Promise<TwoFactorSetup> {
	const { id, email } = requireEnrollee(ctx);
	requireRecentSignIn(ctx);
	const { secrets } = ctx.app;
	const fresh = base32.encode(randomBytes(SECRET_BYTES), { includePadding: false });
	const isOff = and(eq(users.id, id), isNull(users.sealed_totp));
	await ctx.db
		.update(users)
		.set({ sealed_totp_pending: secrets.seal(fresh) })
		.where(and(isOff, isNull(users.sealed_totp_pending)));
	const [user] = await ctx.db
		.select({ sealed: users.sealed_totp_pending })
		.from(users)
		.where(isOff);
	if (!user?.sealed) throw conflict('two-factor authentication is on already');
	const secret = secrets.open(user.sealed);
	const uri = createTOTPKeyURI(ISSUER, email, base32.decode(secret, { strict: false }));
	return { secret, uri };
}

/**
 * Turns two-factor authentication on with a first code of the app, and returns the recovery codes, which are shown this
 * once. Signs the user's other browsers out: they signed in by the password alone. Throws Invalid for a wrong code.
 */
export async function enableTwoFactor(
	ctx: Ctx,
	input: TwoFactorCodeInput,
	cookie: string | null,
): Promise<RecoveryCodes> {
	const { id } = requireEnrollee(ctx);
	requireRecentSignIn(ctx);
	const { code } = parse(twoFactorCodeInput, input);
	await countCode(ctx, id);
	const codes = await inTransaction(ctx, async (tx) => {
		const [user] = await tx.db.select().from(users).where(eq(users.id, id)).for('update');
		if (!user?.sealed_totp_pending) throw conflict('two-factor authentication is on already');
		const secret = tx.app.secrets.open(user.sealed_totp_pending);
		const step = await matchingStep(secret, code, tx.app.clock());
		if (step === undefined) {
			throw wrongCode(
				'That code is not right. Enter the one that the app shows now, and check that the phone’s clock is right.',
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
		const current = authSessionIdOf(tx, cookie);
		await endAuthSessions(tx, id, current);
		if (current) {
			await tx.db
				.update(auth_sessions)
				.set({ must_enroll: false })
				.where(eq(auth_sessions.id, current));
		}
		await audit(tx, { action: 'user.two_factor_enabled' });
		return replaceRecoveryCodes(tx, id);
	});
	await forgiveCodes(ctx, id);
	return { recovery_codes: codes };
}

/** Replaces the asking user's recovery codes and returns the new ones, which are shown this once. */
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

/** Turns the asking user's two-factor authentication off. Throws Conflict where everybody needs it. */
export async function disableTwoFactor(ctx: Ctx): Promise<void> {
	const { id } = requireSignedIn(ctx);
	requireRecentSignIn(ctx);
	if (await requiresTwoFactor(ctx)) {
		throw conflict('Two-factor authentication is required for everyone here.');
	}
	await inTransaction(ctx, async (tx) => {
		if (await removeTwoFactor(tx, id)) await audit(tx, { action: 'user.two_factor_disabled' });
	});
}

/**
 * Removes another person's second factor, for one who lost phone and recovery codes, and signs them out everywhere. For
 * people who are admins: an API key may not weaken a sign-in. Throws NotFound.
 */
export async function resetTwoFactor(ctx: Ctx, id: number): Promise<void> {
	requireAdmin(ctx);
	if (ctx.actor.type === 'api_key') throw forbidden('only a person may do this');
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

/** False when there was none. */
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
	const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
	await tx.db.delete(recovery_codes).where(eq(recovery_codes.user_id, userId));
	await tx.db
		.insert(recovery_codes)
		.values(codes.map((code) => ({ user_id: userId, code_hash: hashRecoveryCode(code) })));
	return codes;
}

/** 80 random bits in groups of four, such as `k3fa-x2pd-…`. */
const newRecoveryCode = () =>
	base32
		.encode(randomBytes(10))
		.toLowerCase()
		.replace(/(.{4})(?=.)/g, '$1-');
