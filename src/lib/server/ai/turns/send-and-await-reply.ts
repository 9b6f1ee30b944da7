import {
	sendMessageInput,
	type SendMessageInput,
	type SendMessageResult,
	toWidgetMessage,
	type WidgetMessage,
} from '#lib/contract/widget.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	acceptConsent,
	requireConsentToBegin,
	requireVisitorToken,
	startSession,
} from '#lib/server/conversations/sessions/index.ts';
import { findReply, type Answer } from './find-reply.ts';

/** What a caller that streams is told while it waits. */
export interface ReplyHooks {
	onSession?(session: { session_id: string; token: string }): void;
	onMessage?(message: WidgetMessage): void;
	onDelta?(text: string): void;
	signal?: AbortSignal;
	user_agent?: string;
}

const UNANSWERED: Answer = {
	completion_status: 'in_progress',
	ai_paused: false,
	is_answered: true,
	id: null,
	message: null,
	created_at: null,
	is_fallback: null,
	quick_replies: null,
};

/** Longer than the longest turn and its place in the queue. */
const MAX_WAIT_MS = 180_000;
/** Another process may be answering: its result is looked for at this pace. */
const LOOK_MS = 1_000;

/**
 * A visitor's message by plain HTTP: makes the chat session when there is none, stores the message once, and waits for
 * the answer of its turn. The same `client_message_id` again gives the same answer. Throws Invalid, Unauthorized, and
 * Forbidden where the site demands a consent first.
 */
export async function sendAndAwaitReply(
	ctx: Ctx,
	input: SendMessageInput,
	hooks: ReplyHooks = {},
): Promise<SendMessageResult> {
	const parsed = parse(sendMessageInput, input);
	const session = await sessionOf(ctx, parsed, hooks);
	hooks.onSession?.({ session_id: session.session_id, token: session.token });
	const visitor: Ctx = { ...ctx, actor: { type: 'visitor', session_id: session.session_id } };
	const { consent_version: version } = parsed;
	if (version) await acceptConsent(visitor, session.session_id, { version });
	const waiter = new ReplyWaiter(ctx.app, session.session_id, hooks);
	try {
		const sent = parsed.message
			? await sendVisitorMessage(visitor, {
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
		// Nobody waits for the answer that a script does not get.
		const isOwed = sent?.is_new === true && sent.is_awaiting_reply;
		const answer = parsed.website ? UNANSWERED : await waiter.wait(visitor, messageId, { isOwed });
		return present(session, messageId, answer);
	} finally {
		waiter.close();
	}
}

async function sessionOf(ctx: Ctx, input: SendMessageInput, hooks: ReplyHooks) {
	if (input.session_id === undefined) {
		const { site = 'default', message, consent_version } = input;
		if (message) await requireConsentToBegin(ctx, site, consent_version);
		const { session, token } = await startSession(
			ctx,
			{
				site,
				context: input.context,
				client_session_id: input.client_message_id,
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

/** Wakes at every reply of a chat session that this process tells of, and from time to time for those of others. */
class ReplyWaiter {
	readonly #app: App;
	readonly #sessionId: string;
	readonly #hooks: ReplyHooks;
	/** Ends the pause that `wait` is in. */
	#wake: () => void = () => undefined;
	readonly #unsubscribe: () => void;
	/** Something has happened since it listens. */
	#hasHeard = false;
	/** Unknown until the message is stored. */
	#messageId: number | null | undefined;

	constructor(app: App, sessionId: string, hooks: ReplyHooks) {
		this.#app = app;
		this.#sessionId = sessionId;
		this.#hooks = hooks;
		this.#unsubscribe = app.events.onPublished((event) => this.#hear(event));
	}

	/** `isOwed`: there can be no answer yet, so that it is looked for when a reply was told of. */
	async wait(ctx: Ctx, messageId: number | null, { isOwed = false }): Promise<Answer> {
		this.#messageId = messageId;
		const end = Date.now() + MAX_WAIT_MS;
		for (let isEarly = isOwed; ; isEarly = false) {
			const woken = this.#next();
			if (!isEarly || this.#hasHeard) {
				const answer = await findReply(ctx, this.#sessionId, messageId);
				if (!answer) throw notFound(`chat session ${this.#sessionId}`);
				if (answer.is_answered || answer.ai_paused || Date.now() > end) return answer;
			}
			this.#hooks.signal?.throwIfAborted();
			await woken;
		}
	}

	close(): void {
		this.#unsubscribe();
		this.#wake();
	}

	/** Resolves at the next event of the chat session, at the latest after `LOOK_MS`. */
	#next(): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, LOOK_MS);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	#hear({ name, payload }: AppEvent): void {
		if (!('session_id' in payload) || payload.session_id !== this.#sessionId) return;
		if (name === 'reply.finished' || name === 'agent.joined' || name === 'session.deleted') {
			this.#hasHeard = true;
			this.#wake();
		} else if (name === 'reply.delta' && this.#isAnswering()) {
			this.#hooks.onDelta?.(payload.text);
		}
	}

	/** Whether the turn that is writing now is the one that answers this message. */
	#isAnswering(): boolean {
		const turn = this.#app.turns.current(this.#sessionId)?.turn;
		if (turn === undefined || this.#messageId === undefined) return false;
		return (turn.message_id ?? 0) >= (this.#messageId ?? 0);
	}
}

function present(
	session: { session_id: string; token: string },
	message_id: number | null,
	answer: Answer,
): SendMessageResult {
	const { id, message, created_at } = answer;
	const isReply = id !== null && message !== null && created_at !== null;
	return {
		success: true,
		session_id: session.session_id,
		token: session.token,
		message_id,
		response: message,
		reply: isReply ? { id, sender: 'ai', message, timestamp: created_at.toISOString() } : null,
		completion_status: answer.completion_status,
		fallback: answer.is_fallback ?? false,
		quick_replies: answer.quick_replies ?? [],
	};
}
