import { z } from 'zod';
import type { CompletionStatus } from '#lib/contract/common.ts';
import {
	sendMessageInput,
	type SendMessageInput,
	type SendMessageResult,
	toWidgetMessage,
	type WidgetMessage,
} from '#lib/contract/widget.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { executePrepared } from '#lib/server/core/db/transaction.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	acceptConsent,
	requireConsentToStart,
	requireVisitorToken,
	startSession,
} from '#lib/server/conversations/sessions/index.ts';

/** Callbacks for callers that stream the reply, with the abort signal and user agent of their request. */
export interface ReplyHooks {
	onSession?(session: { session_id: string; token: string }): void;
	onMessage?(message: WidgetMessage): void;
	onDelta?(text: string): void;
	signal?: AbortSignal;
	user_agent?: string;
}

const answerSchema = z.object({
	completion_status: z.custom<CompletionStatus>((value) => typeof value === 'string'),
	ai_paused: z.boolean(),
	is_answered: z.boolean(),
	id: z.coerce.number().nullable(),
	message: z.string().nullable(),
	created_at: z.coerce.date().nullable(),
	is_fallback: z.boolean().nullable(),
	quick_replies: z.array(z.string()).nullable(),
	booking_url: z.string().nullable(),
});
type Answer = z.infer<typeof answerSchema>;

const NO_ANSWER: Answer = {
	completion_status: 'in_progress',
	ai_paused: false,
	is_answered: true,
	id: null,
	message: null,
	created_at: null,
	is_fallback: null,
	quick_replies: null,
	booking_url: null,
};

/** The maximum time to wait for a reply: longer than any turn, including its time in the queue. */
const MAX_WAIT_MS = 180_000;
/** The database is polled, because another process may be answering. */
const POLL_INTERVAL_MS = 1_000;

/**
 * Sends a visitor's message over HTTP: starts a chat session if the input has none, stores the message once, and resolves
 * with its turn's reply. Repeating a `client_message_id` returns the same reply. Throws `invalid`, `unauthorized`,
 * and `forbidden` if the site requires consent first.
 */
export async function sendAndAwaitReply(
	ctx: Ctx,
	input: SendMessageInput,
	hooks: ReplyHooks = {},
): Promise<SendMessageResult> {
	const parsed = parse(sendMessageInput, input);
	const session = await resolveOrStartSession(ctx, parsed, hooks);
	hooks.onSession?.({ session_id: session.session_id, token: session.token });
	const visitorCtx: Ctx = { ...ctx, actor: { type: 'visitor', session_id: session.session_id } };
	const { consent_version: version } = parsed;
	if (version) await acceptConsent(visitorCtx, session.session_id, { version });
	const waiter = new ReplyWaiter(ctx.app, session.session_id, hooks);
	try {
		const sent = parsed.message
			? await sendVisitorMessage(visitorCtx, {
					chat_session_id: session.chat_session_id,
					session_id: session.session_id,
					message: parsed.message,
					client_message_id: parsed.client_message_id,
					opens_session: parsed.session_id === undefined,
					website: parsed.website,
				})
			: undefined;
		const { client_message_id = null } = parsed;
		if (sent) hooks.onMessage?.({ ...toWidgetMessage(sent.message), client_message_id });
		const messageId = sent?.message.id ?? null;
		const isPending = sent?.is_new === true && sent.is_awaiting_reply;
		// Bots that fill in the honeypot get no reply, so there's nothing to wait for.
		const reply = parsed.website
			? NO_ANSWER
			: await waiter.wait(visitorCtx, messageId, { isPending });
		return toResult(session, messageId, reply);
	} finally {
		waiter.close();
	}
}

async function resolveOrStartSession(ctx: Ctx, input: SendMessageInput, hooks: ReplyHooks) {
	if (input.session_id === undefined) {
		const { site = 'default', message, consent_version } = input;
		if (message) await requireConsentToStart(ctx, site, consent_version);
		const { session, token } = await startSession(
			ctx,
			{
				site,
				context: input.context,
				client_session_id: input.client_message_id,
				visitor_id: input.visitor_id,
				website: input.website,
			},
			{ user_agent: hooks.user_agent, wants_greeting: !message },
		);
		return { session_id: session.session_id, chat_session_id: session.id, token };
	}
	if (!input.message) {
		throw new AppError('invalid', 'message: may be empty only to start a chat session', {
			errors: [{ path: 'message', message: 'may be empty only to start a chat session' }],
		});
	}
	const { session_id } = input;
	const { id, token } = await requireVisitorToken(ctx, session_id, input.token);
	return { session_id, chat_session_id: id, token };
}

/** Waits for a chat session's reply. Wakes on this process's events, and on a timer for replies from other processes. */
class ReplyWaiter {
	readonly #app: App;
	readonly #sessionId: string;
	readonly #hooks: ReplyHooks;
	/** Resolves the promise that `wait` is awaiting. */
	#wake: () => void = () => undefined;
	readonly #unsubscribe: () => void;
	/** Whether a relevant event has been published since the waiter subscribed. */
	#hasEvent = false;
	/** `undefined` until the message is stored. */
	#messageId: number | null | undefined;

	constructor(app: App, sessionId: string, hooks: ReplyHooks) {
		this.#app = app;
		this.#sessionId = sessionId;
		this.#hooks = hooks;
		this.#unsubscribe = app.events.onPublished((event) => this.#onEvent(event));
	}

	/** Resolves with the answer. If `isPending`, no answer can exist yet, so the first lookup waits for an event or the timer. */
	async wait(ctx: Ctx, messageId: number | null, { isPending = false }): Promise<Answer> {
		this.#messageId = messageId;
		const deadline = performance.now() + MAX_WAIT_MS;
		for (let shouldSkipLookup = isPending; ; shouldSkipLookup = false) {
			const wake = this.#nextWake();
			if (!shouldSkipLookup || this.#hasEvent) {
				const found = await findReply(ctx, this.#sessionId, messageId);
				if (!found) throw notFound(`chat session ${this.#sessionId}`);
				if (found.is_answered || found.ai_paused || performance.now() > deadline) return found;
			}
			this.#hooks.signal?.throwIfAborted();
			await wake;
		}
	}

	close(): void {
		this.#unsubscribe();
		this.#wake();
	}

	/** Resolves at the next relevant event, at the latest after `POLL_INTERVAL_MS`. */
	#nextWake(): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, POLL_INTERVAL_MS);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	#onEvent({ name, payload }: AppEvent): void {
		if (!('session_id' in payload) || payload.session_id !== this.#sessionId) return;
		if (name === 'reply.finished' || name === 'agent.joined' || name === 'session.deleted') {
			this.#hasEvent = true;
			this.#wake();
		} else if (name === 'reply.delta' && this.#isAnswering()) {
			this.#hooks.onDelta?.(payload.text);
		}
	}

	/** Returns whether the running turn is the one that answers this message. */
	#isAnswering(): boolean {
		const turn = this.#app.turns.findRunning(this.#sessionId);
		if (turn === undefined || this.#messageId === undefined) return false;
		return (turn.message_id ?? 0) >= (this.#messageId ?? 0);
	}
}

function toResult(
	session: { session_id: string; token: string },
	message_id: number | null,
	reply: Answer,
): SendMessageResult {
	const { id, message, created_at } = reply;
	const isReply = id !== null && message !== null && created_at !== null;
	return {
		success: true,
		session_id: session.session_id,
		token: session.token,
		message_id,
		response: message,
		reply: isReply ? { id, sender: 'ai', message, timestamp: created_at.toISOString() } : null,
		completion_status: reply.completion_status,
		fallback: reply.is_fallback ?? false,
		quick_replies: reply.quick_replies ?? [],
		...(reply.booking_url && { booking_url: reply.booking_url }),
	};
}

/** Parameters: $1 the chat session's public ID, $2 the ID of the visitor's message, null for the start of the chat. */
const FIND_REPLY = `
	select s.completion_status, s.ai_paused, t.id is not null as is_answered,
		m.id, m.message, m.created_at, m.is_fallback or t.is_rescue as is_fallback, m.quick_replies, m.booking_url
	from chat_sessions s
	left join lateral (
		select id, turn_id, is_rescue from ai_turns t where t.chat_session_id = s.id and t.finished_at is not null
			and ($2::bigint is null or t.message_id >= $2::bigint)
		order by t.id limit 1
	) t on true
	left join messages m on m.turn_id = t.turn_id
	where s.public_id = $1::text`;

/**
 * Returns the reply of the turn that answered this message, or of the first turn if `messageId` is null: a visitor who
 * writes before the greeting gets an answer instead of it. Returns `undefined` if the chat session does not exist.
 */
async function findReply(
	ctx: Ctx,
	sessionId: string,
	messageId: number | null,
): Promise<Answer | undefined> {
	const rows = await executePrepared(ctx.db, 'find_reply', FIND_REPLY, [sessionId, messageId]);
	return z.array(answerSchema).parse(rows)[0];
}
