import { findEmail, findPhone } from '#lib/server/leads/detect.ts';
import { plain } from './plain.ts';

/** What stands in a text where a contact was. */
export const HOLE = '\ufffc';

const PHONE_WORD =
	/\b(?:phone|call|tel|telephone|mobile|cell|cellphone|whatsapp|sms|ring|handy|reach me)\b/i;
/** Words that say no more than that a contact follows. */
const AROUND = new Set(
	"my mine the a an e email mail address is it its s phone telephone number tel mobile cell cellphone whatsapp handy call text me at on or and you can could reach write to under via here actually please best contact sorry no not yes sure use new correct right i i'm it's here's meant mean instead of be should also just ok okay want rather by with hi hello thanks asap anytime".split(
		' ',
	),
);

export interface Contacts {
	email: string | undefined;
	phone: string | undefined;
	/** The text with a hole for each of them. */
	text: string;
	holes: string[];
}

/**
 * Finds how to reach the visitor. A local number counts when the question asked for it, the text calls it a phone number,
 * or it appears next to an email address.
 */
export function findContacts(message: string, asked: 'phone' | 'number' | 'other'): Contacts {
	const text = message.replaceAll(HOLE, ' ');
	const email = findEmail(text);
	const isLikely = asked === 'other' && (email !== undefined || PHONE_WORD.test(text));
	const withoutEmail = email ? blank(text, email) : text;
	const phone = findPhone(withoutEmail, { acceptsLocal: asked !== 'number' });
	// A few digits that nobody asked for may be a price or a postcode.
	const looksRight = isLikely ? /^\+|^\d{9}/ : /^\+|^0[1-9]\d{8}/;
	const isPhone = phone && (asked === 'phone' || looksRight.test(phone.value));
	const found = [email, isPhone ? phone : undefined].filter((contact) => contact !== undefined);
	const holes: string[] = [];
	let masked = '';
	let from = 0;
	for (const { start, end } of found.toSorted((a, b) => a.start - b.start)) {
		masked += text.slice(from, start) + HOLE;
		holes.push(text.slice(start, end));
		from = end;
	}
	return {
		email: email?.value,
		phone: isPhone ? phone.value : undefined,
		text: masked + text.slice(from),
		holes,
	};
}

const blank = (text: string, { start, end }: { start: number; end: number }) =>
	text.slice(0, start) + '@'.repeat(end - start) + text.slice(end);

/** "My email is ▢": nothing but a contact and the words around it. */
export const isContactOnly = (segment: string) =>
	segment.includes(HOLE) &&
	plain(segment)
		.split(' ')
		.every((word) => word === '' || AROUND.has(word));
