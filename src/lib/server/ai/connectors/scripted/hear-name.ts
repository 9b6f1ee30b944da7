import { HOLE, type Contacts } from './contacts.ts';
import { itemOf, note, type Heard, type Listening, type Part } from './heard.ts';
import { findIntroducedName, hasCapitals, parseBareName } from './names.ts';
import { plain } from './plain.ts';
import { answerTo } from './script.ts';

/** Hears "I'm Maya" anywhere, and a bare name where it was asked for or stands beside a contact. */
export function hearName(parts: Part[], contacts: Contacts, listening: Listening, heard: Heard) {
	const isAsked = itemOf(listening.asked)?.kind === 'name';
	const name =
		introduced(parts, isAsked, listening) ?? bareName(parts, contacts, isAsked, listening);
	if (name) note('name', name, listening, heard);
}

function introduced(parts: Part[], isAsked: boolean, { known }: Listening): string | undefined {
	for (const part of parts) {
		const found = findIntroducedName(withoutHoles(part), isAsked);
		if (!found || (!isAsked && known.name && !found.isStrong)) continue;
		part.isUsed ||= found.isWhole;
		return found.name;
	}
	return undefined;
}

function bareName(
	parts: Part[],
	contacts: Contacts,
	isAsked: boolean,
	{ script, known, isRetry }: Listening,
): string | undefined {
	const own = script.find(({ core }) => core === 'name');
	const isKnown = (own ? answerTo(own, known) : known.name) !== undefined;
	if (!isAsked && (isKnown || contacts.holes.length === 0)) return undefined;
	const open = parts.filter((part) => !part.isUsed && !part.isQuestion);
	for (const part of open) {
		const name = parseBareName(withoutHoles(part), isAsked && isRetry);
		if (!name || !(isAsked || isVouchedFor(name, part, contacts, open))) continue;
		part.isUsed = true;
		return name;
	}
	return undefined;
}

/** Beside a contact, words are a name when the address has one of them, or when they come first in capitals. */
function isVouchedFor(name: string, part: Part, { email }: Contacts, open: Part[]): boolean {
	const isInAddress = plain(name.normalize('NFD').replace(/\p{M}/gu, ''))
		.split(' ')
		.some((word) => word.length >= 3 && email?.includes(word));
	const isFirst = open[0] === part && open.length > 1;
	return isInAddress || (isFirst && hasCapitals(part.text) && name.includes(' '));
}

const withoutHoles = ({ masked }: Part) => masked.replaceAll(HOLE, ' ');
