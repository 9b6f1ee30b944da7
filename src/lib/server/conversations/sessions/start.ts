import { and, eq, lt } from 'drizzle-orm';
import type { z } from 'zod';
import type { Channel } from '#lib/contract/common.ts';
import type { Session } from '#lib/contract/session.ts';
import type { TestedArm } from '#lib/contract/test-chat.ts';
import { readTracking, type SeenPage, type VisitorContext } from '#lib/contract/visitor-context.ts';
import { startSessionInput, type StartSessionInput } from '#lib/contract/widget.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	assignArm,
	assignChallenger,
	getOpenSite,
	getSite,
	getGreeting,
	pickGreeting,
	type SiteRow,
} from '#lib/server/sites/unchecked.ts';
import { isDeletedSession } from './delete.ts';
import {
	byId,
	bySessionId,
	findPresented,
	findSession,
	createSessionId,
	type SessionRow,
} from './get.ts';

const DAY_MS = 24 * 3_600_000;

interface StartOptions {
	channel?: Channel;
	/** The AI that a test chat uses; the champion by default. */
	tested_arm?: TestedArm | undefined;
	user_agent?: string;
	wants_greeting?: boolean;
}

/**
 * Starts a chat session. The AI greets the visitor unless `wants_greeting` is false, as when a message follows
 * immediately. The same `client_session_id` returns the same chat session. Public; doesn't check permissions. Throws
 * `not_found`, and `conflict` for a test chat with a challenger if none is on trial.
 */
export async function startSession(
	ctx: Ctx,
	input: StartSessionInput,
	options: StartOptions = {},
): Promise<{ session: Session; token: string; is_new: boolean }> {
	const parsed = parse(startSessionInput, input);
	const site = await getOpenSite(ctx, parsed.site);
	const wantsGreeting = (options.wants_greeting ?? true) && !parsed.website;
	return inTransaction(ctx, async (tx) => {
		const start = () =>
			insertSession(tx, site, parsed, { ...options, wants_greeting: wantsGreeting });
		const created =
			(await start()) ?? ((await releaseExpiredId(tx, site, parsed)) && (await start()));
		const session = created
			? await findPresented(tx.db, 'id', byId(created.id))
			: await findPresented(tx.db, 'client_session_id', matchesClientId(site.id, parsed));
		if (!session) throw new Error('a chat session was neither created nor found');
		const { session_id } = session;
		if (created) await record(tx, 'session.created', { session });
		if (created && wantsGreeting) {
			const challenger_id = created.arm === 'challenger' ? created.challenger_id : null;
			const due = { session_id, chat_session_id: created.id, site_id: site.id, challenger_id };
			const greeting = getGreeting(site, created.greeting_variant, parsed.context ?? {});
			await record(tx, 'turn.due', { ...due, is_fixed_greeting: greeting !== null });
		}
		const token = ctx.app.secrets.createVisitorToken(session_id, {
			// Revoking clears the `client_session_id`, so a chat session found by it still has its first token version.
			version: 0,
			issued_at: new Date(session.created_at),
		});
		return { session, token, is_new: Boolean(created) };
	});
}

type ParsedInput = z.output<typeof startSessionInput>;

/** Inserts a chat session. Returns undefined if one with this `client_session_id` exists. */
async function insertSession(
	{ app, db }: Ctx,
	site: SiteRow,
	{ client_session_id, visitor_id, context }: ParsedInput,
	{ channel = 'web', user_agent, wants_greeting, tested_arm }: StartOptions,
): Promise<Pick<SessionRow, 'id' | 'arm' | 'challenger_id' | 'greeting_variant'> | undefined> {
	const now = app.clock();
	const public_id = createSessionId();
	const chatKey = client_session_id ?? public_id;
	const [created] = await db
		.insert(chat_sessions)
		.values({
			public_id,
			site_id: site.id,
			channel,
			client_session_id,
			greeting_variant: pickGreeting(site, visitor_id ?? chatKey, context),
			...(channel !== 'test' && assignArm(site.id, visitor_id, chatKey)),
			...(tested_arm === 'challenger' && assignChallenger(site.id)),
			context: {
				...readTracking(context ?? {}),
				...context,
				user_agent: context?.user_agent ?? user_agent?.slice(0, 500),
			},
			pages: createFirstPage(context, now),
			is_awaiting_reply: wants_greeting,
			created_at: now,
			last_activity_at: now,
		})
		.onConflictDoNothing()
		.returning({
			id: chat_sessions.id,
			arm: chat_sessions.arm,
			challenger_id: chat_sessions.challenger_id,
			greeting_variant: chat_sessions.greeting_variant,
		});
	if (created && tested_arm === 'challenger' && created.arm === null) {
		throw conflict('no challenger is on trial');
	}
	return created;
}

/**
 * Releases a `client_session_id` for a new chat session if its visitor's token has expired, and returns whether it did.
 */
async function releaseExpiredId(tx: Ctx, site: SiteRow, input: ParsedInput): Promise<boolean> {
	const expiry = new Date(tx.app.clock().getTime() - site.visitor_token_days * DAY_MS);
	const released = await tx.db
		.update(chat_sessions)
		.set({ client_session_id: null })
		.where(and(matchesClientId(site.id, input), lt(chat_sessions.last_activity_at, expiry)))
		.returning({ id: chat_sessions.id });
	return released.length > 0;
}

const matchesClientId = (siteId: number, { client_session_id = '' }: ParsedInput) =>
	and(eq(chat_sessions.site_id, siteId), eq(chat_sessions.client_session_id, client_session_id));

function createFirstPage(context: VisitorContext | undefined, now: Date): SeenPage[] {
	const { page_url, page_title } = context ?? {};
	return page_url ? [{ page_url, page_title, at: now.toISOString() }] : [];
}

/**
 * Locks and returns the row of a chat session, creating it for the site `default` if its public id is unknown. Throws
 * `not_found` for an unknown numeric id and for a deleted chat session. Requires a transaction. Doesn't check permissions.
 */
export async function ensureSession(ctx: Ctx, id: string, startedAt?: Date): Promise<SessionRow> {
	const find = () =>
		ctx.db.select().from(chat_sessions).where(bySessionId(id)).for('no key update');
	const [found] = await find();
	if (found) return moveStartBack(ctx, found, startedAt);
	if (/^\d+$/.test(id) || (await isDeletedSession(ctx, id))) {
		throw notFound(`chat session ${id.slice(0, 60)}`);
	}
	const site = await getSite(ctx, { key: 'default' });
	const now = startedAt ?? ctx.app.clock();
	const [created] = await ctx.db
		.insert(chat_sessions)
		.values({ public_id: id, site_id: site.id, created_at: now, last_activity_at: now })
		.onConflictDoNothing({ target: chat_sessions.public_id })
		.returning();
	if (!created) {
		const [other] = await find();
		if (!other) throw notFound(`chat session ${id.slice(0, 60)}`);
		return other;
	}
	const session = await findSession(ctx, created.id);
	if (session) await record(ctx, 'session.created', { session });
	return created;
}

/** Sets the start of an imported chat to its earliest message, regardless of the import order. */
async function moveStartBack(ctx: Ctx, row: SessionRow, startedAt?: Date): Promise<SessionRow> {
	const isLive = row.client_session_id !== null || row.ai_engaged;
	if (!startedAt || startedAt >= row.created_at || isLive) return row;
	const [updated] = await ctx.db
		.update(chat_sessions)
		.set({ created_at: startedAt })
		.where(eq(chat_sessions.id, row.id))
		.returning();
	return updated ?? row;
}
