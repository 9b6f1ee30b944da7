import {
	partialReply,
	replyDelta,
	replyStarted,
	type PartialReply,
} from '#lib/contract/message.ts';
import type { App } from '../core/context.ts';
import { type OutgoingEvent, getVisitorsRoom } from './connections.ts';
import type { Relay } from './relay.ts';

/** The time without a delta after which a reply is discarded: longer than any AI may pause, so its process must have crashed. */
const STALE_MS = 180_000;

interface RemoteReply extends PartialReply {
	updated_at: number;
}

const toSharedRoom = (sessionId: string) =>
	({ namespace: '/widget', room: getVisitorsRoom(sessionId) }) as const;

/** Tracks the replies that are streaming now, in this process and, through the relay, in others. */
export class Replies {
	readonly #app: App;
	#relay: Relay | undefined;
	/** Replies from other processes by chat session, the least recently updated first. */
	readonly #remote = new Map<string, RemoteReply>();
	/** The chat sessions whose replies this process is streaming, the latest last. */
	readonly #own = new Set<string>();

	constructor(app: App) {
		this.#app = app;
		app.events.onPublished(({ name, payload }) => {
			if (name === 'reply.started') this.#follow(payload.session_id);
			if (name !== 'reply.finished') return;
			this.#unfollow(payload.session_id);
			// This process may finish a reply whose process has crashed.
			this.#remote.delete(payload.session_id);
		});
	}

	relayThrough(relay: Relay): void {
		this.#relay = relay;
	}

	/** Returns the text of a chat session's streaming reply up to now; null when none is streaming. */
	getPartialReply(sessionId: string): PartialReply | null {
		const ownReply = this.#app.turns.getPartialReply(sessionId);
		const remoteReply = this.#remote.get(sessionId);
		if (ownReply || !remoteReply) return ownReply;
		const { reply_id, text, next_seq } = remoteReply;
		return { reply_id, text, next_seq };
	}

	/** Asks the other processes for the reply of a chat session that this process has just begun to follow. */
	async load(sessionId: string): Promise<void> {
		if (!this.#relay || this.getPartialReply(sessionId)) return;
		const question = { about: 'reply', session_id: sessionId } as const;
		await this.#relay.ask(toSharedRoom(sessionId), question, (answer) => {
			const { data } = partialReply.safeParse(answer);
			if (data) this.#store(sessionId, data);
		});
	}

	/** Returns the reply that this process is streaming, to answer the `load` of another process. */
	getLocalReply(sessionId: string): PartialReply | null {
		return this.#app.turns.getPartialReply(sessionId);
	}

	/** Applies an event that another process sends to visitors or watchers. */
	receive({ name, payload }: OutgoingEvent): void {
		if (name === 'reply.started') this.#start(payload);
		else if (name === 'reply.delta') this.#append(payload);
		else if (name === 'reply.finished' && 'session_id' in payload) {
			this.#remote.delete(String(payload.session_id));
		}
	}

	/** Discards the replies from other processes, or that of one chat session, because deltas may have been missed. */
	reset(sessionId?: string): void {
		if (sessionId === undefined) this.#remote.clear();
		else this.#remote.delete(sessionId);
	}

	/** Receives questions about a chat session, and takeovers of it, until its reply has finished. */
	#follow(sessionId: string): void {
		if (!this.#relay || this.#own.has(sessionId)) return;
		this.#own.add(sessionId);
		this.#relay.follow(toSharedRoom(sessionId));
		// The oldest ones may have failed without an event.
		for (const id of this.#own) {
			if (this.#app.turns.findRunning(id)) break;
			this.#unfollow(id);
		}
	}

	#unfollow(sessionId: string): void {
		if (this.#own.delete(sessionId)) this.#relay?.unfollow(toSharedRoom(sessionId));
	}

	#start(payload: object): void {
		const { data } = replyStarted.safeParse(payload);
		if (data) this.#store(data.session_id, { reply_id: data.reply_id, text: '', next_seq: 0 });
	}

	#append(payload: object): void {
		const { data } = replyDelta.safeParse(payload);
		const reply = data && this.#remote.get(data.session_id);
		if (!reply || reply.reply_id !== data.reply_id) return;
		const { session_id, reply_id, seq, text } = data;
		if (seq === reply.next_seq) {
			this.#store(session_id, { reply_id, text: reply.text + text, next_seq: seq + 1 });
		} else if (seq > reply.next_seq) this.#remote.delete(session_id);
	}

	#store(sessionId: string, reply: PartialReply): void {
		const now = performance.now();
		this.#remote.delete(sessionId);
		this.#remote.set(sessionId, { ...reply, updated_at: now });
		for (const [id, { updated_at }] of this.#remote) {
			if (updated_at > now - STALE_MS) break;
			this.#remote.delete(id);
		}
	}
}
