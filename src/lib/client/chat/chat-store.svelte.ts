import { createContext } from 'svelte';
import { getEventSessionId } from '#lib/contract/event-session-id.ts';
import type { Flag } from '#lib/contract/check.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Handoff } from '#lib/contract/handoff.ts';
import type { Lead, OutcomeInput } from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { ReviewInput } from '#lib/contract/review.ts';
import type { Session, SessionPatch, Transcript } from '#lib/contract/session.ts';
import { api, ApiError, call } from '#lib/client/api/call.ts';
import { ChatDetails, LeadEdits, type LoadedChat } from './chat-details.svelte.ts';
import { ChatOutbox, TypingSignal } from './chat-outbox.svelte.ts';
import type { LiveEvent, LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import {
	mergeSessions,
	sortNewestFirst,
	withMessage,
	withOutcome,
	withRow,
} from '#lib/client/inbox/list-changes.ts';

const chatSession = api.sessions[':session_id'];

/** The parts of a transcript that are replaced as a whole. */
type TranscriptParts = Omit<Transcript, 'session' | 'lead' | 'messages'>;

/** One open chat session: its data, kept up to date by events, and its actions. */
export class ChatStore {
	readonly id: string;
	readonly questions: LoadedChat['questions'];
	readonly details: ChatDetails;
	readonly outbox: ChatOutbox;
	readonly edits: LeadEdits;
	readonly typing: TypingSignal;
	session: Session;
	messages = $state.raw<readonly Message[]>([]);
	/** Everything else in the transcript, such as reviews and flags. */
	parts: Readonly<TranscriptParts>;
	deliveries = $state.raw<readonly Delivery[]>([]);
	others = $state.raw<readonly Session[]>([]);
	isDeleted = $state(false);
	#lead = $state.raw<Lead | null>(null);
	readonly #live: LiveSocket;
	/** The events received during each running catch-up. They are applied again afterwards, because its response may be older. */
	readonly #eventsDuringCatchUp = new Set<LiveEvent[]>();

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
		this.typing = new TypingSignal((is_typing) =>
			live.request('typing:set', { session_id: this.id, is_typing }),
		);
		this.session = $state.raw(loaded.transcript.session);
		this.parts = $state.raw(loaded.transcript);
		this.#replace(loaded.transcript);
	}

	/** The path parameters of requests for this chat session. */
	get #path(): { param: { session_id: string } } {
		return { param: { session_id: this.id } };
	}

	/** The lead, including edits that the server has not confirmed yet. */
	get lead(): Lead | null {
		return this.edits.applyTo(this.#lead);
	}

	/** Applies the socket's events until the returned function is called. */
	follow(): () => void {
		const stops = [
			this.#live.subscribe((events) => this.apply(events)),
			this.#live.onConnected(() => void this.#catchUp()),
			() => this.details.stop(),
		];
		return () => stops.forEach((stop) => stop());
	}

	apply(events: LiveEvent[]): void {
		for (const list of this.#eventsDuringCatchUp) list.push(...events);
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

	/** Takes over from the AI: the visitor sees the agent's name. */
	async takeOver(): Promise<void> {
		// `from` makes the server reject the takeover if another agent was faster.
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

	/** Requests a handoff, which pauses the AI until a teammate joins or the request times out. */
	async requestHandoff(): Promise<void> {
		await call(chatSession.handoff.$post({ ...this.#path, json: {} }));
	}

	async cancelHandoff(): Promise<void> {
		this.#addHandoff(await call(chatSession.handoff.$delete(this.#path)));
	}

	async update(patch: SessionPatch): Promise<void> {
		this.#publishUpdated(await call(chatSession.$patch({ ...this.#path, json: patch })));
	}

	async undoCompletion(reason: string): Promise<void> {
		this.#publishUpdated(
			await call(chatSession['undo-completion'].$post({ ...this.#path, json: { reason } })),
		);
	}

	async setOutcome(input: OutcomeInput): Promise<void> {
		const outcome = await call(chatSession.outcome.$put({ ...this.#path, json: input }));
		this.#change({ outcome });
	}

	async clearOutcome(): Promise<void> {
		this.#change({ outcome: await call(chatSession.outcome.$delete(this.#path)) });
	}

	async review(input: ReviewInput): Promise<void> {
		this.#publishUpdated(await call(chatSession.qa.$post({ ...this.#path, json: input })));
	}

	/** Dismisses a flag as a false positive, or restores it. */
	async setDismissed(flag: Flag, dismissed: boolean): Promise<void> {
		const param = { session_id: this.id, flag_id: String(flag.id) };
		const request = chatSession.flags[':flag_id'].$patch({ param, json: { dismissed } });
		this.#change({ flags: (await call(request)).items });
	}

	/** Deletes the chat session permanently. */
	async delete(): Promise<void> {
		await call(chatSession.$delete(this.#path));
		this.#live.publish({ name: 'session.deleted', payload: { session_id: this.id } });
	}

	async #send(message: { client_message_id: string; message: string }): Promise<Message> {
		this.typing.reset();
		const payload = { session_id: this.id, ...message };
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
		const { name, payload } = event;
		const sessionId =
			name === 'delivery.updated' ? payload.delivery.session_id : getEventSessionId(payload);
		if (sessionId !== this.id) return;
		switch (event.name) {
			case 'session.updated':
			case 'session.completed':
				this.session = mergeSessions(this.session, event.payload.session);
				return;
			case 'session.deleted':
				this.isDeleted = true;
				return;
			case 'lead.updated':
				this.#setLead(event.payload.lead);
				return;
			case 'lead.outcome':
			case 'lead.outcome_cleared':
				this.#change({ outcome: withOutcome(this.parts.outcome, event.payload.outcome) });
				return;
			case 'review.submitted':
				this.#change({ reviews: withRow(this.parts.reviews, event.payload.review) });
				return;
			case 'session.flagged':
			case 'flag.dismissed':
			case 'flag.restored':
				this.#change({ flags: event.payload.flags });
				return;
			case 'delivery.updated':
				this.deliveries = sortNewestFirst(withRow(this.deliveries, event.payload.delivery));
				return;
			case 'handoff.requested':
			case 'handoff.taken':
			case 'handoff.missed':
			case 'handoff.cancelled':
				this.#addHandoff(event.payload.handoff);
				return;
			case 'visitor.presence':
				this.#addPage(event.payload.page_url);
				return;
			default:
				return;
		}
	}

	/** Returns the loaded data with all changes made since then. */
	snapshot(loaded: LoadedChat): LoadedChat {
		return {
			...loaded,
			...this.details.snapshot(),
			deliveries: [...this.deliveries],
			others: [...this.others],
			transcript: {
				...this.parts,
				session: this.session,
				lead: this.#lead,
				messages: [...this.messages],
			},
		};
	}

	#setLead(lead: Lead): void {
		const previous = this.#lead;
		this.#lead = lead;
		this.session = {
			...this.session,
			visitor_name: lead.name,
			lead_score: lead.score,
			has_contact: (lead.email ?? lead.phone) !== null,
		};
		if (previous?.email !== lead.email || previous?.phone !== lead.phone)
			void this.#refreshOthers();
	}

	async #refreshOthers(): Promise<void> {
		const page = await call(chatSession['same-person'].$get(this.#path)).catch(() => undefined);
		if (page) this.others = page.items;
	}

	#addPage(page_url: string | null): void {
		const { pages } = this.parts;
		if (page_url === null || pages.at(-1)?.page_url === page_url) return;
		this.#change({ pages: [...pages, { page_url, at: new Date().toISOString() }] });
		this.session = { ...this.session, context: { ...this.session.context, page_url } };
	}

	#addHandoff(handoff: Handoff): void {
		this.#change({ handoffs: withRow(this.parts.handoffs, handoff) });
	}

	#change(parts: Partial<TranscriptParts>): void {
		this.parts = { ...this.parts, ...parts };
	}

	#replace({ session, lead, messages, ...parts }: Transcript): void {
		this.session = mergeSessions(this.session, session);
		this.#lead = lead;
		this.parts = parts;
		this.#addMessages(messages);
	}

	/** Fetches changes that may have been missed while offline. */
	async #catchUp(): Promise<void> {
		const concurrentEvents: LiveEvent[] = [];
		this.#eventsDuringCatchUp.add(concurrentEvents);
		try {
			const [transcript, deliveries] = await Promise.all([
				call(chatSession.$get(this.#path)),
				call(api.deliveries.$get({ query: { session_id: this.id, limit: '20' } })),
				this.details.catchUp(),
			]).finally(() => this.#eventsDuringCatchUp.delete(concurrentEvents));
			this.#replace(transcript);
			this.deliveries = deliveries.items;
			this.apply(concurrentEvents);
		} catch (error) {
			if (error instanceof ApiError && error.status === 404) this.isDeleted = true;
		}
	}
}

export const [getChat, setChat] = createContext<() => ChatStore>();
