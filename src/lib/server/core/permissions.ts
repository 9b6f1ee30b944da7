import type { Scope } from '#lib/contract/api-key.ts';
import { RECENT_SIGN_IN_MS } from '#lib/contract/constants.ts';
import type { Actor, Ctx } from './context.ts';
import { AppError, forbidden, unauthorized } from './errors.ts';

/** Allows the system, signed-in users, and API keys with the scope or `admin`. Throws `unauthorized` or `forbidden`. */
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

/** Allows the system, admins, and API keys with the scope `admin`. Throws `unauthorized` or `forbidden`. */
export function requireAdmin(ctx: Ctx): void {
	requireTeam(ctx, 'admin');
	if (ctx.actor.type === 'user' && ctx.actor.role !== 'admin') {
		throw forbidden('only admins can do this');
	}
}

/**
 * Returns the remaining time in ms for which a user's sign-in counts as recent; 0 if it doesn't. Infinity for other actors,
 * who have no password to confirm.
 */
export const getRecentSignInMs = ({ actor, app }: Ctx): number =>
	actor.type === 'user'
		? Math.max(0, actor.confirmed_at.getTime() + RECENT_SIGN_IN_MS - app.clock().getTime())
		: Infinity;

/** Returns whether a user entered their password within the last 15 minutes; true for other actors. */
export const isRecentSignIn = (ctx: Ctx): boolean => getRecentSignInMs(ctx) > 0;

/**
 * Allows the system, API keys, and users who entered their password within the last 15 minutes, so that a stolen or
 * unattended auth session doesn't give access to accounts, keys, exports or erasure. Throws `confirmation_required`.
 */
export function requireRecentSignIn(ctx: Ctx): void {
	if (isRecentSignIn(ctx)) return;
	throw new AppError('confirmation_required', 'confirm your password to do this');
}

/**
 * Allows the system, admins who signed in recently, and the `API_KEY` of the environment to grant access to people or
 * programs. Throws `forbidden` for API keys created in the dashboard, because the access they grant would outlive them.
 */
export function requireAccessManager(ctx: Ctx): void {
	requireAdmin(ctx);
	if (isDashboardKey(ctx)) {
		throw forbidden(
			'API keys cannot grant access: ask a signed-in admin, or use the API_KEY of the server',
		);
	}
	requireRecentSignIn(ctx);
}

/** Returns whether the actor is an API key created in the dashboard rather than the environment's. */
const isDashboardKey = ({ actor }: Ctx) => actor.type === 'api_key' && actor.id !== null;

/** Returns the signed-in user, for actions on their own account. Throws `unauthorized`. */
export function requireSignedIn({ actor }: Ctx): Extract<Actor, { type: 'user' }> {
	if (actor.type !== 'user') throw unauthorized('sign in first');
	return actor;
}

/** Returns the user's id, for resources that belong to one user. Throws `unauthorized`, or `forbidden` for API keys. */
export function requirePerson(ctx: Ctx): number {
	// No scope would help an API key, so the error names none.
	if (ctx.actor.type !== 'api_key') requireTeam(ctx, 'sessions:read');
	if (ctx.actor.type !== 'user') throw forbidden('only signed-in users can do this');
	return ctx.actor.id;
}

/** Allows the visitor of this chat session, and everyone that `requireTeam` allows. */
export function requireVisitorOrTeam(ctx: Ctx, sessionId: string, scope: Scope): void {
	if (ctx.actor.type === 'visitor' && ctx.actor.session_id === sessionId) return;
	requireTeam(ctx, scope);
}
