import { and, eq } from 'drizzle-orm';
import type { Channel } from '$lib/contract/common';
import type { Session } from '$lib/contract/session';
import type { SeenPage, VisitorContext } from '$lib/contract/visitor-context';
import { startSessionInput, type StartSessionInput } from '$lib/contract/widget';
import type { Ctx } from '../context';
import { chat_sessions } from '../db/schema';
import { inTransaction, record } from '../db/transaction';
import { newSessionId } from '../ids';
import { parse } from '../parse';
import { getOpenSite, pickGreeting } from '../sites';
import { byId, findPresented } from './present';

/**
 * Starts a chat session, for which the AI owes the greeting; public. The same `client_session_id` gives the same chat
 * session again. `wants_greeting: false` leaves the first word to a message that follows at once.
 */
export async function startSession(
	ctx: Ctx,
	input: StartSessionInput,
	options: { channel?: Channel; user_agent?: string; wants_greeting?: boolean } = {},
): Promise<{ session: Session; token: string; is_new: boolean }> {
	const {
		site: key,
		client_session_id,
		visitor_id,
		context,
		website,
	} = parse(startSessionInput, input);
	const site = await getOpenSite(ctx, key);
	const wantsGreeting = (options.wants_greeting ?? true) && !website;
	return inTransaction(ctx, async (tx) => {
		const now = ctx.app.clock();
		const public_id = newSessionId();
		const [made] = await tx.db
			.insert(chat_sessions)
			.values({
				public_id,
				site_id: site.id,
				channel: options.channel ?? 'web',
				client_session_id,
				greeting_variant: pickGreeting(site, visitor_id ?? client_session_id ?? public_id),
				context: {
					...context,
					user_agent: context?.user_agent ?? options.user_agent?.slice(0, 500),
				},
				pages: firstPage(context, now),
				is_awaiting_reply: wantsGreeting,
				created_at: now,
				last_activity_at: now,
			})
			.onConflictDoNothing()
			.returning({ id: chat_sessions.id, session_id: chat_sessions.public_id });
		const again = and(
			eq(chat_sessions.site_id, site.id),
			eq(chat_sessions.client_session_id, client_session_id ?? ''),
		);
		const session = made
			? await findPresented(tx.db, 'id', byId(made.id))
			: await findPresented(tx.db, 'client_session_id', again);
		if (!session) throw new Error('a chat session was neither made nor found');
		if (made) {
			await record(tx, 'session.created', { session });
			if (wantsGreeting) {
				await record(tx, 'turn.due', {
					session_id: session.session_id,
					chat_session_id: made.id,
					site_id: site.id,
				});
			}
		}
		return {
			session,
			token: ctx.app.secrets.visitorToken(session.session_id),
			is_new: made !== undefined,
		};
	});
}

function firstPage(context: VisitorContext | undefined, now: Date): SeenPage[] {
	const { page_url, page_title } = context ?? {};
	return page_url ? [{ page_url, page_title, at: now.toISOString() }] : [];
}
