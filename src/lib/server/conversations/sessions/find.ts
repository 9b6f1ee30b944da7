import type { Session } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { byId, bySessionId, findPresented, kindOfId } from './present.ts';

/** One chat session in the contract's shape by its public id or its row id, or undefined. For use inside the server: checks no right. */
export const findSession = (ctx: Ctx, id: string | number): Promise<Session | undefined> =>
	typeof id === 'number'
		? findPresented(ctx.db, 'id', byId(id))
		: findPresented(ctx.db, kindOfId(id), bySessionId(id));
