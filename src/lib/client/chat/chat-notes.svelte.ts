import type { Note } from '#lib/contract/note.ts';
import { chatApi } from './chat-api.ts';
import type { Fact } from '#lib/client/live/facts.ts';

/** The internal notes of one chat session, oldest first, kept up to date by facts. */
export class ChatNotes {
	items = $state.raw<readonly Note[]>([]);
	readonly #id: string;

	constructor(id: string, notes: readonly Note[]) {
		this.#id = id;
		this.replace(notes);
	}

	replace(notes: readonly Note[]): void {
		this.items = [...notes].sort((a, b) => a.id - b.id);
	}

	async add(text: string): Promise<void> {
		this.#put(await chatApi.addNote(this.#id, text));
	}

	async change(note: Note, text: string): Promise<void> {
		this.#put(await chatApi.changeNote(this.#id, note.id, text));
	}

	async delete(note: Note): Promise<void> {
		await chatApi.deleteNote(this.#id, note.id);
		this.#drop(note.id);
	}

	apply(fact: Fact): void {
		switch (fact.name) {
			case 'note.created':
			case 'note.updated':
				if (fact.payload.session_id === this.#id) this.#put(fact.payload.note);
				return;
			case 'note.deleted':
				if (fact.payload.session_id === this.#id) this.#drop(fact.payload.note_id);
				return;
			default:
				return;
		}
	}

	#put(note: Note): void {
		this.replace([...this.items.filter(({ id }) => id !== note.id), note]);
	}

	#drop(noteId: number): void {
		this.items = this.items.filter(({ id }) => id !== noteId);
	}
}
