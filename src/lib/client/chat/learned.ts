import { CORE_LEAD_FIELDS, type Lead } from '#lib/contract/lead.ts';

const LABELS: Record<string, string> = { email: 'e-mail' };

/** What the lead learned from which message, in words: "Name and e-mail added to the lead". */
export function learnedByMessage(lead: Lead | null): Map<number, string> {
	const words = [...fieldsByMessage(lead)];
	return new Map(words.map(([id, fields]) => [id, `${listWords(fields)} added to the lead`]));
}

/** The lead's fields by the message that each came from; core fields first. */
function fieldsByMessage(lead: Lead | null): Map<number, string[]> {
	const fields = new Map<number, string[]>();
	const order = [...CORE_LEAD_FIELDS, ...Object.keys(lead?.answers ?? {})];
	for (const key of order) {
		const id = lead?.provenance[key]?.message_id;
		if (typeof id !== 'number') continue;
		fields.set(id, [...(fields.get(id) ?? []), LABELS[key] ?? key.replaceAll('_', ' ')]);
	}
	return fields;
}

/** "Name", "Name and e-mail", "Name, e-mail and phone". */
function listWords(words: string[]): string {
	const last = words.at(-1) ?? '';
	const text = words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
	return text.charAt(0).toUpperCase() + text.slice(1);
}
