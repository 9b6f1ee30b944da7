import { isDeepStrictEqual } from 'node:util';
import type { CountryCode } from 'libphonenumber-js/max';
import { CORE_LEAD_FIELDS, LEAD_SCORE, canScoreCompany } from '#lib/contract/constants.ts';
import {
	type AdditionalContact,
	type LeadFields,
	type LeadProvenance,
	MAX_ADDITIONAL_CONTACTS,
} from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import { findContacts } from './detect.ts';
import type { LeadRow } from './get.ts';
import { isSameNumber } from './phone.ts';

/** A lead's values by field name, both core fields and answers, and the source of each. */
export interface LeadValues {
	values: ReadonlyMap<string, string>;
	provenance: ReadonlyMap<string, LeadProvenance>;
	/** Email addresses and phone numbers besides the main ones. */
	contacts?: readonly AdditionalContact[];
}

/** The maximum number of values, to bound a lead to which API calls keep adding unknown fields. */
const MAX_FIELDS = 120;

/** Returns a row's core fields and answers as one map. */
export function toLeadValues(row: LeadRow): LeadValues {
	const values = new Map(Object.entries(row.answers));
	for (const field of CORE_LEAD_FIELDS) {
		const value = row[field];
		if (value !== null) values.set(field, value);
	}
	const provenance = new Map(Object.entries(row.provenance));
	return { values, provenance, contacts: row.additional_contacts };
}

/** Returns the columns that store a lead's values; the inverse of `toLeadValues`. */
export function toLeadColumns({ values, provenance, contacts = [] }: LeadValues) {
	const isCore = (key: string) => CORE_LEAD_FIELDS.some((field) => field === key);
	return {
		name: values.get('name') ?? null,
		email: values.get('email') ?? null,
		phone: values.get('phone') ?? null,
		company: values.get('company') ?? null,
		answers: Object.fromEntries([...values].filter(([key]) => !isCore(key))),
		provenance: Object.fromEntries(provenance),
		additional_contacts: [...contacts],
	};
}

/**
 * Returns the lead's values after merging `fields`, where null clears a field, and the keys that changed; null if nothing
 * changes. Later values win, except that only an agent can change a field that an agent set or cleared. An email or phone
 * number that doesn't become the main one, or no longer is, is kept as an additional contact, unless an agent replaced it,
 * which counts as a correction. `others` are further contacts from the same source.
 */
export function mergeFields(
	current: LeadValues,
	fields: ReadonlyMap<string, string | null>,
	origin: LeadProvenance,
	others: readonly Contact[] = [],
): (LeadValues & { changed: string[] }) | null {
	const values = new Map(current.values);
	const provenance = new Map(current.provenance);
	const added: AdditionalContact[] = [];
	const changed: string[] = [];
	for (const [key, value] of fields) {
		const before = values.get(key) ?? null;
		const isProtected = provenance.get(key)?.source === 'agent' && origin.source !== 'agent';
		const exceedsMax = before === null && values.size >= MAX_FIELDS;
		if (before === value || exceedsMax) continue;
		const isCorrection = value === null || origin.source === 'agent';
		const replaced = isCorrection ? null : before;
		const other = isProtected ? value : replaced;
		if (isContactField(key) && other !== null) {
			const at = (isProtected ? undefined : provenance.get(key)?.at) ?? origin.at;
			added.push({ type: key, value: other, at });
		}
		if (isProtected) continue;
		changed.push(key);
		if (value === null) values.delete(key);
		else values.set(key, value);
		// The provenance of a field that an agent cleared is kept, so that only agents can set the field again.
		if (value === null && origin.source !== 'agent') provenance.delete(key);
		else provenance.set(key, origin);
	}
	added.push(...others.map((contact) => ({ ...contact, at: origin.at })));
	const previousContacts = current.contacts ?? [];
	const contacts = addContacts(previousContacts, added, values);
	if (!isDeepStrictEqual(contacts, previousContacts)) changed.push('additional_contacts');
	return changed.length > 0 ? { values, provenance, contacts, changed } : null;
}

/** Returns a score from 0 to 100 for a lead's completeness. `values` contains core fields and answers by key. */
export function scoreLead(
	values: ReadonlyMap<string, string>,
	questions: Pick<Question, 'key' | 'is_required'>[],
): number {
	if (values.size === 0) return 0;
	const { required_answers, ...core } = LEAD_SCORE;
	const answerPoints = canScoreCompany(values.has('company'), questions)
		? required_answers
		: required_answers + core.company;
	const required = questions.filter((question) => question.is_required);
	const answered = required.filter((question) => values.has(question.key)).length;
	const share = required.length === 0 ? 1 : answered / required.length;
	const contact = Object.entries(core)
		.filter(([field]) => values.has(field))
		.reduce((sum, [, points]) => sum + points, 0);
	return Math.round(contact + share * answerPoints);
}

/** An email address or phone number, normalized. */
export type Contact = Pick<AdditionalContact, 'type' | 'value'>;

const isContactField = (key: string): key is Contact['type'] => key === 'email' || key === 'phone';

/** Returns all contacts in the fields `email` and `phone`, whose input may contain several although each stores only one. */
export function extractContacts(fields: LeadFields, country: CountryCode | undefined): Contact[] {
	return Object.entries(fields).flatMap(([key, value]) =>
		isContactField(key) && typeof value === 'string'
			? findContacts(value, country).filter(({ type }) => type === key)
			: [],
	);
}

/**
 * Returns the additional contacts after adding some, without those that are the lead's main `email` or `phone`. If there are
 * too many, keeps the newest.
 */
function addContacts(
	previous: readonly AdditionalContact[],
	added: readonly AdditionalContact[],
	main: ReadonlyMap<string, string>,
): AdditionalContact[] {
	const contacts: AdditionalContact[] = [];
	for (const contact of [...previous, ...added]) {
		const mainValue = main.get(contact.type);
		const isMain =
			mainValue !== undefined && isSameContact(contact, { type: contact.type, value: mainValue });
		if (!isMain && !contacts.some((other) => isSameContact(other, contact))) contacts.push(contact);
	}
	return contacts.slice(-MAX_ADDITIONAL_CONTACTS);
}

const isSameContact = (a: Contact, b: Contact) =>
	a.type === b.type &&
	(a.value === b.value || (a.type === 'phone' && isSameNumber(a.value, b.value)));
