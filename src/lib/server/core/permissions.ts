import type { Scope } from '#lib/contract/api-key.ts';
import type { Actor, Ctx } from './context.ts';
import { AppError, forbidden, unauthorized } from './errors.ts';

/** Passes the server itself, every signed-in user, and keys with the scope (or `admin`). */
export function requireTeam(ctx: Ctx, scope: Scope): void {
	const { actor } = ctx;
	switch (actor.type) {
		case 'system':
		case 'user':
			return;
		case 'api_key':
			if (actor.scopes.includes(scope) || actor.scopes.includes('admin')) return;
			throw forbidden(`this API key lacks the scope ${scope}`);
		case 'enrolling':
			throw forbidden('set up two-factor authentication first');
		case 'visitor':
		case 'anonymous':
			throw unauthorized();
	}
}

/** Passes the server itself, admins, and keys with the scope `admin`. */
export function requireAdmin(ctx: Ctx): void {
	requireTeam(ctx, 'admin');
	if (ctx.actor.type === 'user' && ctx.actor.role !== 'admin') {
		throw forbidden('only an admin may do this');
	}
}

/** How long a sign-in counts as recent. */
const RECENT_MS = 15 * 60_000;

/** How long a person's sign-in still counts as recent, in ms; 0 when it does not. Anybody else has no password to give. */
export const recentSignInLeft = ({ actor, app }: Ctx): number =>
	actor.type === 'user'
		? Math.max(0, actor.confirmed_at.getTime() + RECENT_MS - app.clock().getTime())
		: Infinity;

/** Whether a person gave their password within the last 15 minutes; true for anybody else. */
export const isRecentSignIn = (ctx: Ctx): boolean => recentSignInLeft(ctx) > 0;

/**
 * Passes the server itself, API keys, and people who gave their password within the last 15 minutes: an auth session that
 * was stolen or left open reaches no accounts, keys, exports or erasures. Throws ConfirmationRequired.
 */
export function requireRecentSignIn(ctx: Ctx): void {
	if (isRecentSignIn(ctx)) return;
	throw new AppError('confirmation_required', 'confirm your password to do this');
}

/**
 * Passes the server itself, admins who signed in recently, and the API key of the environment: for granting access, to
 * people or programs. API keys that were created here are refused, because what they grant would outlive them.
 */
export function requireAccessManager(ctx: Ctx): void {
	requireAdmin(ctx);
	if (isCreatedKey(ctx)) {
		throw forbidden(
			'API keys grant no access: ask a signed-in admin, or use the API_KEY of the server',
		);
	}
	requireRecentSignIn(ctx);
}

/** Whether a program asks with a key that was created here, and not with the environment's. */
const isCreatedKey = ({ actor }: Ctx) => actor.type === 'api_key' && actor.id !== null;

/** Passes whoever is signed in as a user, and gives them: for what they do with their own account. */
export function requireSignedIn({ actor }: Ctx): Extract<Actor, { type: 'user' }> {
	if (actor.type !== 'user') throw unauthorized('sign in first');
	return actor;
}

/** Passes users alone: what is kept for a person has no other owner. Gives the user's id. */
export function requirePerson(ctx: Ctx): number {
	requireTeam(ctx, 'sessions:read');
	if (ctx.actor.type !== 'user') throw forbidden('only a signed-in user may do this');
	return ctx.actor.id;
}

/** Passes the visitor of this chat session, and whoever `requireTeam` passes. */
export function requireVisitorOrTeam(ctx: Ctx, sessionId: string, scope: Scope): void {
	if (ctx.actor.type === 'visitor' && ctx.actor.session_id === sessionId) return;
	requireTeam(ctx, scope);
}
