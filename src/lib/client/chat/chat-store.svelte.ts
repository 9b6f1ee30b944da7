import { createContext } from 'svelte';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { Flag } from '#lib/contract/check.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Handoff } from '#lib/contract/handoff.ts';
import type { Lead, LeadOutcome, Outcome, OutcomeInput } from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Note } from '#lib/contract/note.ts';
import type { Review, ReviewInput } from '#lib/contract/review.ts';
import type { Session, SessionPatch, Transcript } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import type { SeenPage } from '#lib/contract/visitor-context.ts';
import { api, ApiError, call } from '#lib/client/api/call.ts';
import { ChatDetails, LeadEdits } from './chat-details.svelte.ts';
import { ChatOutbox } from './chat-outbox.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { newer, withMessage } from '#lib/client/inbox/list-changes.ts';

const chatSession = api.sessions[':session_id'];

/** Typing is announced at most this often. */
const TYPING_EVERY_MS = 3_000;

export interface LoadedChat {
	transcript: Transcript;
	questions: Pick<Question, 'key' | 'label' | 'is_required'>[];
	deliveries: Delivery[];
	notes: Note[];
	activity: AuditEntry[];
	/** Other chat sessions of the same visitor. */
	others: Session[];
}

const NO_OUTCOME = { stage: null, value: null, currency: null, reason: null, at: null };

/** One open chat session: its data, kept current by events, and its actions. */
export class ChatStore {
	readonly id: string;
	readonly questions: LoadedChat['questions'];
	readonly details: ChatDetails;
	readonly outbox: ChatOutbox;
	readonly edits: LeadEdits;
	session: Session;
	messages = $state.raw<readonly Message[]>([]);
	reviews = $state.raw<readonly Review[]>([]);
	/** What automatic checks found, including what was dismissed. */
	flags = $state.raw<readonly Flag[]>([]);
	deliveries = $state.raw<readonly Delivery[]>([]);
	pages = $state.raw<readonly SeenPage[]>([]);
	handoffs = $state.raw<readonly Handoff[]>([]);
	others = $state.raw<readonly Session[]>([]);
	isDeleted = $state(false);
	/** What became of the lead. */
	outcome: LeadOutcome;
	#lead = $state.raw<Lead | null>(null);
	readonly #live: LiveSocket;
	#typingSentAt = 0;

	constructor(live: LiveSocket, loaded: LoadedChat) {
		this.#live = live;
		this.id = loaded.transcript.session.session_id;
		this.questions = loaded.questions;
		this.deliveries = loaded.deliveries;
		this.others = loaded.others;
		this.details = new ChatDetails(this.id, loaded);
		this.outbox = new ChatOutbox(
			(message) => this.#send(message),
			(message) => this.#addMessages([message]),
		);
		this.edits = new LeadEdits(this.id, (lead) => this.#setLead(lead));
		this.session = $state.raw(loaded.transcript.session);
		this.outcome = $state.raw(loaded.transcript.outcome);
		this.#take(loaded.transcript);
	}

	/** Includes edits that the server has not confirmed yet. */
	get lead(): Lead | null {
		return this.edits.appliedTo(this.#lead);
	}

	/** Follows the socket until the returned function is called. */
	follow(): () => void {
		const stops = [
			this.#live.subscribe((events) => this.apply(events)),
			this.#live.onConnected(() => void this.#catchUp()),
			() => this.details.stop(),
		];
		return () => stops.forEach((stop) => stop());
	}

	apply(events: LiveEvent[]): void {
		const added: Message[] = [];
		for (const event of events) {
			if (event.name === 'message.created' && event.payload.session_id === this.id) {
				added.push(event.payload.message);
			} else if (event.name === 'reply.finished' && event.payload.session_id === this.id) {
				if (event.payload.message) added.push(event.payload.message);
			} else this.#applyOther(event);
		}
		if (added.length > 0) this.#addMessages(added);
	}

	/** Takes over from the AI: the visitor sees this person's name. */
	async takeOver(): Promise<void> {
		// Another agent who was faster keeps the chat.
		const { session } = await this.#live.request('session:take-over', {
			session_id: this.id,
			from: this.session.agent,
		});
		this.#publishUpdated(session);
	}

	async handBack(): Promise<void> {
		const { session } = await this.#live.request('session:hand-back', { session_id: this.id });
		this.#publishUpdated(session);
	}

	/** Requests a handoff, which pauses the AI until a teammate joins or the wait ends. */
	async requestHandoff(): Promise<void> {
		await call(chatSession.handoff.$post({ param: { session_id: this.id }, json: {} }));
	}

	async cancelHandoff(): Promise<void> {
		this.#addHandoff(await call(chatSession.handoff.$delete({ param: { session_id: this.id } })));
	}

	async update(patch: SessionPatch): Promise<void> {
		this.#publishUpdated(
			await call(chatSession.$patch({ param: { session_id: this.id }, json: patch })),
		);
	}

	async undoCompletion(reason: string): Promise<void> {
		const param = { session_id: this.id };
		this.#publishUpdated(
			await call(chatSession['undo-completion'].$post({ param, json: { reason } })),
		);
	}

	async setOutcome(input: OutcomeInput): Promise<void> {
		const param = { session_id: this.id };
		const recorded = await call(chatSession.outcome.$put({ param, json: input }));
		this.outcome = recorded;
	}

	async clearOutcome(): Promise<void> {
		const param = { session_id: this.id };
		this.outcome = await call(chatSession.outcome.$delete({ param }));
	}

	async review(input: ReviewInput): Promise<void> {
		this.#publishUpdated(
			await call(chatSession.qa.$post({ param: { session_id: this.id }, json: input })),
		);
	}

	/** Dismisses a flag as no fault, or restores it. */
	async setDismissed(flag: Flag, dismissed: boolean): Promise<void> {
		const param = { session_id: this.id, flag_id: String(flag.id) };
		const { items } = await call(
			chatSession.flags[':flag_id'].$patch({ param, json: { dismissed } }),
		);
		this.flags = items;
	}

	/** Deletes the chat session for good. */
	async delete(): Promise<void> {
		await call(chatSession.$delete({ param: { session_id: this.id } }));
		this.#live.publish({ name: 'session.deleted', payload: { session_id: this.id } });
	}

	/** Shows the visitor that this person is typing, throttled. */
	setTyping(isTyping: boolean): void {
		const at = isTyping ? Date.now() : 0;
		if (isTyping ? at - this.#typingSentAt < TYPING_EVERY_MS : this.#typingSentAt === 0) return;
		this.#typingSentAt = at;
		this.#live
			.request('typing:set', { session_id: this.id, is_typing: isTyping })
			.catch(() => undefined);
	}

	async #send(written: { client_message_id: string; message: string }): Promise<Message> {
		this.#typingSentAt = 0;
		const payload = { session_id: this.id, ...written };
		return (await this.#live.request('message:send', payload)).message;
	}

	#publishUpdated(session: Session): void {
		this.#live.publish({ name: 'session.updated', payload: { session } });
	}

	#addMessages(added: Message[]): void {
		const byId = new Map([...this.messages, ...added].map((message) => [message.id, message]));
		this.messages = [...byId.values()].sort((a, b) => a.id - b.id);
		this.outbox.settle(added);
		for (const message of added) this.session = withMessage(this.session, message);
	}

	#applyOther(event: LiveEvent): void {
		this.details.apply(event);
		switch (event.name) {
			case 'session.updated':
			case 'session.completed':
				if (event.payload.session.session_id === this.id) {
					this.session = newer(this.session, event.payload.session);
				}
				return;
			case 'session.deleted':
				if (event.payload.session_id === this.id) this.isDeleted = true;
				return;
			case 'lead.updated':
				if (event.payload.session_id === this.id) this.#setLead(event.payload.lead);
				return;
			case 'lead.outcome':
			case 'lead.outcome_cleared':
				if (event.payload.session_id === this.id) this.#addOutcome(event.payload.outcome);
				return;
			case 'review.submitted':
				if (event.payload.session_id === this.id) this.#addReview(event.payload.review);
				return;
			case 'session.flagged':
			case 'flag.dismissed':
			case 'flag.restored':
				if (event.payload.session_id === this.id) this.flags = event.payload.flags;
				return;
			case 'delivery.updated':
				if (event.payload.delivery.session_id === this.id)
					this.#addDelivery(event.payload.delivery);
				return;
			case 'handoff.requested':
			case 'handoff.taken':
			case 'handoff.missed':
			case 'handoff.cancelled':
				if (event.payload.session_id === this.id) this.#addHandoff(event.payload.handoff);
				return;
			case 'visitor.presence':
				if (event.payload.session_id === this.id) this.#addPage(event.payload.page_url);
				return;
			default:
				return;
		}
	}

	#setLead(lead: Lead): void {
		const known = this.#lead;
		this.#lead = lead;
		this.session = { ...this.session, visitor_name: lead.name };
		if (known?.email !== lead.email || known?.phone !== lead.phone) void this.#findOthers();
	}

	#addOutcome(added: Outcome): void {
		const others = this.outcome.history.filter(({ id }) => id !== added.id);
		const history = [added, ...others].sort((a, b) => b.id - a.id);
		const [newest = added] = history;
		const { stage, value, currency, reason, at } = newest.cleared ? NO_OUTCOME : newest;
		this.outcome = { session_id: this.id, stage, value, currency, reason, at, history };
	}

	#addHandoff(handoff: Handoff): void {
		this.handoffs = [...this.handoffs.filter(({ id }) => id !== handoff.id), handoff];
	}

	async #findOthers(): Promise<void> {
		const found = await call(
			chatSession['same-person'].$get({ param: { session_id: this.id } }),
		).catch(() => undefined);
		if (found) this.others = found.items;
	}

	#addPage(page_url: string | null): void {
		if (page_url === null || this.pages.at(-1)?.page_url === page_url) return;
		this.pages = [...this.pages, { page_url, at: new Date().toISOString() }];
		this.session = { ...this.session, context: { ...this.session.context, page_url } };
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
		this.#lead = transcript.lead;
		this.outcome = transcript.outcome;
		this.reviews = transcript.reviews;
		this.flags = transcript.flags;
		this.pages = transcript.pages;
		this.handoffs = transcript.handoffs;
		this.#addMessages(transcript.messages);
	}

	/** Fetches what may have been missed without a connection. */
	async #catchUp(): Promise<void> {
		try {
			const [transcript, deliveries] = await Promise.all([
				call(chatSession.$get({ param: { session_id: this.id } })),
				call(api.deliveries.$get({ query: { session_id: this.id, limit: '20' } })),
				this.details.catchUp(),
			]);
			this.#take(transcript);
			this.deliveries = deliveries.items;
		} catch (error) {
			if (error instanceof ApiError && error.status === 404) this.isDeleted = true;
		}
	}
}

export const [getChat, setChat] = createContext<() => ChatStore>();
