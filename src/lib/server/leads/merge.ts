import type { LeadProvenance } from '#lib/contract/lead.ts';

/** A lead's values, core fields and answers alike, by field name, with where each came from. */
export interface Known {
	values: ReadonlyMap<string, string>;
	provenance: ReadonlyMap<string, LeadProvenance>;
}

// What one lead may hold, however often an API adds fields that no question asks for.
const MOST_FIELDS = 120;

/**
 * What is known after `fields` came from `origin`; null when that changes nothing. Later values win, but no program
 * changes what an agent has set or cleared.
 */
export function merge(
	known: Known,
	fields: ReadonlyMap<string, string | null>,
	origin: LeadProvenance,
): Known | null {
	const values = new Map(known.values);
	const provenance = new Map(known.provenance);
	let isChanged = false;
	for (const [key, value] of fields) {
		const isAgents = provenance.get(key)?.source === 'agent' && origin.source !== 'agent';
		const isSame = (values.get(key) ?? null) === value;
		const isOneTooMany = !values.has(key) && values.size >= MOST_FIELDS;
		if (isAgents || isSame || isOneTooMany) continue;
		isChanged = true;
		if (value === null) values.delete(key);
		else values.set(key, value);
		// That an agent cleared a field is kept, so that no program fills it again.
		if (value === null && origin.source !== 'agent') provenance.delete(key);
		else provenance.set(key, origin);
	}
	return isChanged ? { values, provenance } : null;
}
