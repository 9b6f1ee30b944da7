import { and, eq, lt } from 'drizzle-orm';
import type { z } from 'zod';
import type { Channel } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import { cutText } from '#lib/contract/text.ts';
import { CLICK_IDS, type SeenPage, type VisitorContext } from '#lib/contract/visitor-context.ts';
import { startSessionInput, type StartSessionInput } from '#lib/contract/widget.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { newSessionId } from '#lib/server/core/ids.ts';
import { parse } from '#lib/server/core/parse.ts';
import { getOpenSite, pickGreeting, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { byId, findPresented } from './present.ts';

const DAY_MS = 24 * 3_600_000;

interface StartOptions {
	channel?: Channel;
	user_agent?: string;
	wants_greeting?: boolean;
}

/**
 * Starts a chat session, for which the AI owes the greeting; public. The same `client_session_id` gives the same chat
 * session again. `wants_greeting: false` leaves the first word to a message that follows at once.
 */
export async function startSession(
	ctx: Ctx,
	input: StartSessionInput,
	options: StartOptions = {},
): Promise<{ session: Session; token: string; is_new: boolean }> {
	const given = parse(startSessionInput, input);
	const site = await getOpenSite(ctx, given.site);
	const wantsGreeting = (options.wants_greeting ?? true) && !given.website;
	return inTransaction(ctx, async (tx) => {
		const start = () =>
			insertSession(tx, site, given, { ...options, wants_greeting: wantsGreeting });
		const made = (await start()) ?? ((await isPastReturning(tx, site, given)) && (await start()));
		const session = made
			? await findPresented(tx.db, 'id', byId(made.id))
			: await findPresented(tx.db, 'client_session_id', beganBefore(site.id, given));
		if (!session) throw new Error('a chat session was neither made nor found');
		const { session_id } = session;
		if (made) await record(tx, 'session.created', { session });
		if (made && wantsGreeting) {
			const due = { session_id, chat_session_id: made.id, site_id: site.id };
			await record(tx, 'turn.due', { ...due, is_fixed_greeting: site.greeting !== null });
		}
		const token = ctx.app.secrets.visitorToken(session_id, {
			// Revoking frees the `client_session_id`, so that a chat session found by it has its first version.
			version: 0,
			issued_at: new Date(session.created_at),
		});
		return { session, token, is_new: Boolean(made) };
	});
}

type Given = z.output<typeof startSessionInput>;

/** Nothing when a chat session was begun by this `client_session_id` before. */
async function insertSession(
	{ app, db }: Ctx,
	site: SiteRow,
	{ client_session_id, visitor_id, context }: Given,
	{ channel = 'web', user_agent, wants_greeting }: StartOptions,
): Promise<{ id: number } | undefined> {
	const now = app.clock();
	const public_id = newSessionId();
	const [made] = await db
		.insert(chat_sessions)
		.values({
			public_id,
			site_id: site.id,
			channel,
			client_session_id,
			greeting_variant: pickGreeting(site, visitor_id ?? client_session_id ?? public_id),
			context: {
				...trackedBy(context),
				...context,
				user_agent: context?.user_agent ?? user_agent?.slice(0, 500),
			},
			pages: firstPage(context, now),
			is_awaiting_reply: wants_greeting,
			created_at: now,
			last_activity_at: now,
		})
		.onConflictDoNothing()
		.returning({ id: chat_sessions.id });
	return made;
}

/**
 * Whether the chat session that was started by this `client_session_id` has been idle for so long that its visitor may not
 * return to it; the id is free for a new one then.
 */
async function isPastReturning(tx: Ctx, site: SiteRow, given: Given): Promise<boolean> {
	const past = new Date(tx.app.clock().getTime() - site.visitor_token_days * DAY_MS);
	const freed = await tx.db
		.update(chat_sessions)
		.set({ client_session_id: null })
		.where(and(beganBefore(site.id, given), lt(chat_sessions.last_activity_at, past)))
		.returning({ id: chat_sessions.id });
	return freed.length > 0;
}

const beganBefore = (siteId: number, { client_session_id = '' }: Given) =>
	and(eq(chat_sessions.site_id, siteId), eq(chat_sessions.client_session_id, client_session_id));

const CAMPAIGN = ['source', 'medium', 'campaign', 'term', 'content', 'id'].map(
	(name) => `utm_${name}` as 'utm_source',
);

/** What the addresses say of the campaign and the click: whoever sends them need not read them. */
function trackedBy({ landing_url, page_url }: VisitorContext = {}): VisitorContext {
	const tracked: VisitorContext = {};
	for (const url of [page_url, landing_url]) {
		if (url === undefined || !URL.canParse(url)) continue;
		const { searchParams } = new URL(url);
		for (const key of [...CAMPAIGN, 'gad_campaignid' as const, ...CLICK_IDS]) {
			const value = searchParams.get(key);
			if (value) tracked[key] = cutText(value, key.startsWith('utm_') ? 200 : 2000);
		}
	}
	return tracked;
}

function firstPage(context: VisitorContext | undefined, now: Date): SeenPage[] {
	const { page_url, page_title } = context ?? {};
	return page_url ? [{ page_url, page_title, at: now.toISOString() }] : [];
}
