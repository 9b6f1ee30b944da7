import { createContext } from 'svelte';
import type { Delivery } from '$lib/contract/delivery';
import type { Message } from '$lib/contract/message';
import type { Review, ReviewInput } from '$lib/contract/review';
import type { Session, SessionPatch, Transcript } from '$lib/contract/session';
import type { Lead } from '$lib/contract/lead';
import type { Question } from '$lib/contract/site';
import { api, sentenceOf } from './api-client';
import type { Fact } from './facts';
import { newer, withMessage } from './list-changes';
import type { LiveSocket } from './live-socket.svelte';
import { randomId } from './random-id';
import type { Outgoing } from './transcript-items';

/** The typing of this person is told at most this often. */
const TYPING_EVERY_MS = 3_000;

export interface LoadedChat {
	transcript: Transcript;
	questions: Pick<Question, 'key' | 'label'>[];
	deliveries: Delivery[];
}

/** One open chat session: everything shown of it, kept up to date by facts, and what can be done with it. */
export class ChatStore {
	readonly id: string;
	readonly questions: LoadedChat['questions'];
	session: Session;
	lead = $state.raw<Lead | null>(null);
	messages = $state.raw<readonly Message[]>([]);
	reviews = $state.raw<readonly Review[]>([]);
	deliveries = $state.raw<readonly Delivery[]>([]);
	outgoing = $state.raw<readonly Outgoing[]>([]);
	isDeleted = $state(false);
	readonly #live: LiveSocket;
	#typingToldAt = 0;

	constructor(live: LiveSocket, loaded: LoadedChat) {
		this.#live = live;
		this.id = loaded.transcript.session.session_id;
		this.questions = loaded.questions;
		this.deliveries = loaded.deliveries;
		this.session = $state.raw(loaded.transcript.session);
		this.#take(loaded.transcript);
	}

	/** Follows the socket until the returned function is called. */
	follow(): () => void {
		const stops = [
			this.#live.subscribe((facts) => this.apply(facts)),
			this.#live.onConnected(() => void this.#catchUp()),
		];
		return () => stops.forEach((stop) => stop());
	}

	apply(facts: Fact[]): void {
		const added: Message[] = [];
		for (const fact of facts) {
			if (fact.name === 'message.created' && fact.payload.session_id === this.id) {
				added.push(fact.payload.message);
			} else if (fact.name === 'reply.finished' && fact.payload.session_id === this.id) {
				if (fact.payload.message) added.push(fact.payload.message);
			} else this.#note(fact);
		}
		if (added.length > 0) this.#addMessages(added);
	}

	/** Takes over from the AI; the visitor sees this person's name. */
	async takeOver(): Promise<void> {
		const { session } = await this.#live.request('session:take-over', { session_id: this.id });
		this.#live.tell({ name: 'session.updated', payload: { session } });
	}

	async handBack(): Promise<void> {
		const { session } = await this.#live.request('session:hand-back', { session_id: this.id });
		this.#live.tell({ name: 'session.updated', payload: { session } });
	}

	async update(patch: SessionPatch): Promise<void> {
		const session = await api.updateSession(this.id, patch);
		this.#live.tell({ name: 'session.updated', payload: { session } });
	}

	async review(input: ReviewInput): Promise<void> {
		const session = await api.submitReview(this.id, input);
		this.#live.tell({ name: 'session.updated', payload: { session } });
	}

	/** Shows the message at once and sends it; a message that fails stays, to be sent again. */
	send(text: string): void {
		const outgoing: Outgoing = {
			client_message_id: randomId(),
			message: text,
			timestamp: new Date().toISOString(),
			state: 'sending',
		};
		this.outgoing = [...this.outgoing, outgoing];
		void this.#deliver(outgoing);
	}

	sendAgain(clientMessageId: string): void {
		const failed = this.outgoing.find((one) => one.client_message_id === clientMessageId);
		if (!failed) return;
		this.#replaceOutgoing({ ...failed, state: 'sending', error: undefined });
		void this.#deliver(failed);
	}

	discard(clientMessageId: string): void {
		this.outgoing = this.outgoing.filter((one) => one.client_message_id !== clientMessageId);
	}

	/** Tells the visitor that this person is writing, now and then. */
	setTyping(isTyping: boolean): void {
		const at = isTyping ? Date.now() : 0;
		if (isTyping ? at - this.#typingToldAt < TYPING_EVERY_MS : this.#typingToldAt === 0) return;
		this.#typingToldAt = at;
		this.#live
			.request('typing:set', { session_id: this.id, is_typing: isTyping })
			.catch(() => undefined);
	}

	async #deliver({ client_message_id, message, timestamp }: Outgoing): Promise<void> {
		this.#typingToldAt = 0;
		try {
			const payload = { session_id: this.id, message, client_message_id };
			const stored = await this.#live.request('message:send', payload);
			this.#addMessages([stored.message]);
		} catch (error) {
			const failed = { client_message_id, message, timestamp, state: 'failed' as const };
			this.#replaceOutgoing({ ...failed, error: sentenceOf(error) });
		}
	}

	#replaceOutgoing(changed: Outgoing): void {
		this.outgoing = this.outgoing.map((one) =>
			one.client_message_id === changed.client_message_id ? changed : one,
		);
	}

	#addMessages(added: Message[]): void {
		const byId = new Map([...this.messages, ...added].map((message) => [message.id, message]));
		this.messages = [...byId.values()].sort((a, b) => a.id - b.id);
		const confirmed = new Set(added.map((message) => message.client_message_id));
		this.outgoing = this.outgoing.filter((one) => !confirmed.has(one.client_message_id));
		for (const message of added) this.session = withMessage(this.session, message);
	}

	#note(fact: Fact): void {
		switch (fact.name) {
			case 'session.updated':
			case 'session.completed':
				if (fact.payload.session.session_id === this.id) {
					this.session = newer(this.session, fact.payload.session);
				}
				return;
			case 'session.deleted':
				if (fact.payload.session_id === this.id) this.isDeleted = true;
				return;
			case 'lead.updated':
				if (fact.payload.session_id !== this.id) return;
				this.lead = fact.payload.lead;
				this.session = { ...this.session, visitor_name: fact.payload.lead.name };
				return;
			case 'review.submitted':
				if (fact.payload.session_id === this.id) this.#addReview(fact.payload.review);
				return;
			case 'delivery.updated':
				if (fact.payload.delivery.session_id === this.id) this.#addDelivery(fact.payload.delivery);
				return;
			default:
				return;
		}
	}

	#addReview(review: Review): void {
		this.reviews = [...this.reviews.filter(({ id }) => id !== review.id), review];
	}

	#addDelivery(delivery: Delivery): void {
		this.deliveries = [delivery, ...this.deliveries.filter(({ id }) => id !== delivery.id)].sort(
			(a, b) => b.id - a.id,
		);
	}

	#take(transcript: Transcript): void {
		this.session = newer(this.session, transcript.session);
		this.lead = transcript.lead;
		this.reviews = transcript.reviews;
		this.#addMessages(transcript.messages);
	}

	/** Reads again what may have been missed without a connection. */
	async #catchUp(): Promise<void> {
		try {
			const [transcript, deliveries] = await Promise.all([
				api.getTranscript(this.id),
				api.listDeliveries(this.id),
			]);
			this.#take(transcript);
			this.deliveries = deliveries.items;
		} catch (error) {
			if (error instanceof Error && 'status' in error && error.status === 404)
				this.isDeleted = true;
		}
	}
}

export const [getChat, setChat] = createContext<() => ChatStore>();
