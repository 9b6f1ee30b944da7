import type { Question } from '#lib/contract/site.ts';
import type { Session, Transcript } from '#lib/contract/session.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import { getEventSessionId } from '#lib/contract/event-session-id.ts';
import type { Note } from '#lib/contract/message.ts';
import { api, call, formatError } from '#lib/client/api/call.ts';
import type { LiveEvent } from '#lib/client/live/live-socket.svelte.ts';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { CORE_LEAD_FIELDS } from '#lib/contract/constants.ts';
import type { Lead } from '#lib/contract/lead.ts';

const chatSession = api.sessions[':session_id'];

/** A chat session with everything that its page loads. */
export interface LoadedChat {
	transcript: Transcript;
	questions: Pick<Question, 'key' | 'label' | 'is_required'>[];
	deliveries: Delivery[];
	notes: Note[];
	activity: AuditEntry[];
	/** Other chat sessions of the same visitor. */
	others: Session[];
}

/** A part of an open chat that is updated independently. */
interface ChatPart {
	apply(event: LiveEvent): void;
	/** Fetches changes that may have been missed while offline. May reject, for example if the chat was deleted. */
	catchUp(): Promise<void>;
	/** Returns the current data, in the form in which the page loads it. */
	snapshot(): Partial<LoadedChat>;
}

/** The notes and activity of an open chat. */
export class ChatDetails implements ChatPart {
	readonly notes: ChatNotes;
	readonly activity: ChatActivity;
	readonly #parts: readonly ChatPart[];

	constructor(id: string, loaded: Pick<LoadedChat, 'notes' | 'activity'>) {
		this.#parts = [
			(this.notes = new ChatNotes(id, loaded.notes)),
			(this.activity = new ChatActivity(id, loaded.activity)),
		];
	}

	apply(event: LiveEvent): void {
		for (const part of this.#parts) part.apply(event);
	}

	async catchUp(): Promise<void> {
		await Promise.all(this.#parts.map((part) => part.catchUp()));
	}

	snapshot(): Partial<LoadedChat> {
		return Object.assign({}, ...this.#parts.map((part) => part.snapshot())) as Partial<LoadedChat>;
	}

	stop(): void {
		this.activity.stop();
	}
}

/** The internal notes of one chat session, oldest first, kept up to date by events. */
class ChatNotes implements ChatPart {
	items = $state.raw<readonly Note[]>([]);
	readonly #id: string;

	constructor(id: string, notes: readonly Note[]) {
		this.#id = id;
		this.#replace(notes);
	}

	async catchUp(): Promise<void> {
		const param = { session_id: this.#id };
		const page = await call(chatSession.notes.$get({ param, query: { limit: '200' } }));
		this.#replace(page.items);
	}

	#replace(notes: readonly Note[]): void {
		this.items = [...notes].sort((a, b) => a.id - b.id);
	}

	async add(text: string): Promise<void> {
		this.#put(
			await call(
				chatSession.notes.$post({
					param: { session_id: this.#id },
					json: { note: text },
				}),
			),
		);
	}

	async change(note: Note, text: string): Promise<void> {
		this.#put(
			await call(
				chatSession.notes[':note_id'].$patch({
					param: { session_id: this.#id, note_id: note.id },
					json: { note: text },
				}),
			),
		);
	}

	async delete(note: Note): Promise<void> {
		await call(
			chatSession.notes[':note_id'].$delete(
				{ param: { session_id: this.#id, note_id: note.id } },
				{ init: { keepalive: true } },
			),
		);
		this.#remove(note.id);
	}

	apply(event: LiveEvent): void {
		switch (event.name) {
			case 'note.created':
			case 'note.updated':
				if (event.payload.session_id === this.#id) this.#put(event.payload.note);
				return;
			case 'note.deleted':
				if (event.payload.session_id === this.#id) this.#remove(event.payload.note_id);
				return;
			default:
				return;
		}
	}

	snapshot(): Pick<LoadedChat, 'notes'> {
		return { notes: [...this.items] };
	}

	#put(note: Note): void {
		this.#replace([...this.items.filter(({ id }) => id !== note.id), note]);
	}

	#remove(noteId: number): void {
		this.items = this.items.filter(({ id }) => id !== noteId);
	}
}

/** Debounces events into one fetch. */
const DEBOUNCE_MS = 300;

/** Events that the audit log never records. They are so frequent that they would keep postponing the debounced fetch. */
const UNLOGGED_EVENTS = new Set<LiveEvent['name']>([
	'message.created',
	'reply.started',
	'reply.delta',
	'reply.finished',
	'typing.changed',
	'visitor.presence',
	'agent.presence',
]);

/** The audit entries of one chat session, newest first, refetched after events that may have added one. */
class ChatActivity implements ChatPart {
	entries = $state.raw<readonly AuditEntry[]>([]);
	readonly #id: string;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(id: string, entries: readonly AuditEntry[]) {
		this.#id = id;
		this.entries = entries;
	}

	apply(event: LiveEvent): void {
		const isDeletion = event.name === 'session.deleted';
		if (UNLOGGED_EVENTS.has(event.name) || getEventSessionId(event.payload) !== this.#id) return;
		clearTimeout(this.#timer);
		// A deleted chat has no entries left to fetch.
		if (isDeletion) return;
		this.#timer = setTimeout(() => void this.catchUp(), DEBOUNCE_MS);
	}

	/** Fetches the entries; after a failure, the next event or reconnect tries again. */
	async catchUp(): Promise<void> {
		const page = await call(
			chatSession.activity.$get({
				param: { session_id: this.#id },
				query: { limit: '100' },
			}),
		).catch(() => undefined);
		if (page) this.entries = page.items;
	}

	snapshot(): Pick<LoadedChat, 'activity'> {
		return { activity: [...this.entries] };
	}

	stop(): void {
		clearTimeout(this.#timer);
	}
}

interface Edit {
	value: string | null;
	/** Why saving failed; not set while the request is pending. */
	error?: string;
}

/** Optimistic edits of one chat session's lead. Edits that fail are reverted and show the reason. */
export class LeadEdits {
	edits = $state.raw<ReadonlyMap<string, Edit>>(new Map());
	readonly #id: string;
	readonly #onStored: (lead: Lead) => void;

	constructor(id: string, onStored: (lead: Lead) => void) {
		this.#id = id;
		this.#onStored = onStored;
	}

	/** Saves a field; null clears it. Resolves to false if the request fails, with the reason in `edits`. */
	async set(key: string, value: string | null): Promise<boolean> {
		this.#put(key, { value });
		try {
			this.#onStored(
				await call(
					chatSession.lead.$put({
						param: { session_id: this.#id },
						json: { [key]: value },
					}),
				),
			);
			this.discard(key);
			return true;
		} catch (error) {
			this.#put(key, { value, error: formatError(error) });
			return false;
		}
	}

	discard(key: string): void {
		const edits = new Map(this.edits);
		edits.delete(key);
		this.edits = edits;
	}

	/** Returns the lead with all pending edits applied. */
	applyTo(lead: Lead | null): Lead | null {
		const pending = [...this.edits].filter(([, edit]) => edit.error === undefined);
		if (!lead || pending.length === 0) return lead;
		const changed = { ...lead, answers: { ...lead.answers } };
		for (const [key, { value }] of pending) {
			const core = CORE_LEAD_FIELDS.find((field) => field === key);
			if (core) changed[core] = value;
			else if (value === null) delete changed.answers[key];
			else changed.answers[key] = value;
			if (core === 'phone') changed.phone_display = value;
		}
		return changed;
	}

	#put(key: string, edit: Edit): void {
		this.edits = new Map(this.edits).set(key, edit);
	}
}
