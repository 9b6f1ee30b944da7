/** A way to reach the visitor, named in their own words. */
export interface Contacts {
	email?: string;
	/** `+` and 7 to 15 digits. */
	phone?: string;
}

const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/u;
const PHONE = /(?:\+|\b00)[1-9](?:[\s().\-/]{0,2}\d){6,14}(?!\d)/;

/** The first e-mail address and the first phone number in international form. Linear in the text's length. */
export function detectContacts(text: string): Contacts {
	const email = EMAIL.exec(text)?.[0];
	const phone = PHONE.exec(text)?.[0].replace(/^00/, '+').replace(/[^+\d]/g, '');
	return { ...(email && { email }), ...(phone && { phone }) };
}
