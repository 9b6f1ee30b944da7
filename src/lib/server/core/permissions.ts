import type { Scope } from '#lib/contract/api-key.ts';
import type { Actor, Ctx } from './context';
import { forbidden, unauthorized } from './errors';

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
