import { CORE_LEAD_FIELDS, type Lead } from '#lib/contract/lead.ts';
import { sentenceOf } from '#lib/client/api-client.ts';
import { chatApi } from '#lib/client/chat/chat-api.ts';

interface Edit {
	value: string | null;
	/** Why it was not kept; until then it is on its way. */
	error?: string;
}

/** Edits of one chat session's lead: shown at once, taken back with a reason when the server refuses them. */
export class LeadEdits {
	edits = $state.raw<ReadonlyMap<string, Edit>>(new Map());
	readonly #id: string;
	readonly #stored: (lead: Lead) => void;

	constructor(id: string, stored: (lead: Lead) => void) {
		this.#id = id;
		this.#stored = stored;
	}

	/** Keeps a field's new value, null to clear it; false when it was refused, with the reason in `edits`. */
	async set(key: string, value: string | null): Promise<boolean> {
		this.#put(key, { value });
		try {
			this.#stored(await chatApi.updateLead(this.#id, { [key]: value }));
			this.forget(key);
			return true;
		} catch (error) {
			this.#put(key, { value, error: sentenceOf(error) });
			return false;
		}
	}

	forget(key: string): void {
		const left = new Map(this.edits);
		left.delete(key);
		this.edits = left;
	}

	/** The lead as it will be once what is on its way has arrived. */
	appliedTo(lead: Lead | null): Lead | null {
		const pending = [...this.edits].filter(([, edit]) => edit.error === undefined);
		if (!lead || pending.length === 0) return lead;
		const changed = { ...lead, answers: { ...lead.answers } };
		for (const [key, { value }] of pending) {
			const core = CORE_LEAD_FIELDS.find((field) => field === key);
			if (core) changed[core] = value;
			else if (value === null) delete changed.answers[key];
			else changed.answers[key] = value;
		}
		return changed;
	}

	#put(key: string, edit: Edit): void {
		this.edits = new Map(this.edits).set(key, edit);
	}
}
