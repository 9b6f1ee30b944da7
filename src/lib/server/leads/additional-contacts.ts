import type { CountryCode } from 'libphonenumber-js/max';
import {
	type AdditionalContact,
	type LeadFields,
	MAX_ADDITIONAL_CONTACTS,
} from '#lib/contract/lead.ts';
import { findContacts } from './detect.ts';
import { isSameNumber } from './phone.ts';

/** An email address or phone number, normalized. */
export type Contact = Pick<AdditionalContact, 'type' | 'value'>;

export const isContactField = (key: string): key is Contact['type'] =>
	key === 'email' || key === 'phone';

/** Returns all contacts written in the fields `email` and `phone`, of which a field stores only one. */
export function contactsIn(fields: LeadFields, country: CountryCode | undefined): Contact[] {
	return Object.entries(fields).flatMap(([key, value]) =>
		isContactField(key) && typeof value === 'string'
			? findContacts(value, country).filter(({ type }) => type === key)
			: [],
	);
}

/**
 * Returns the additional contacts after adding some, without those that the lead has as its `email` or `phone`; the newest
 * when there are too many.
 */
export function addContacts(
	known: readonly AdditionalContact[],
	added: readonly AdditionalContact[],
	main: ReadonlyMap<string, string>,
): AdditionalContact[] {
	const kept: AdditionalContact[] = [];
	for (const contact of [...known, ...added]) {
		const first = main.get(contact.type);
		const isMain = first !== undefined && isSame(contact, { type: contact.type, value: first });
		if (!isMain && !kept.some((other) => isSame(other, contact))) kept.push(contact);
	}
	return kept.slice(-MAX_ADDITIONAL_CONTACTS);
}

const isSame = (one: Contact, other: Contact) =>
	one.type === other.type &&
	(one.value === other.value || (one.type === 'phone' && isSameNumber(one.value, other.value)));
