interface Link {
	href: string;
	label: string;
	end: number;
}

const NAMED =
	/\[([^[\]]{1,500})\]\(\s{0,3}<?([^()\s<>]{1,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,500})?)>?\s{0,3}\)/y;
// Besides ASCII only letters, marks and digits belong to an address: the punctuation of every script ends it.
const BARE =
	/(?:https?:\/\/|www\.(?=[^\s.]{1,63}\.))[\w!#$%&()+,./:;=?@[\]~\p{L}\p{M}\p{N}\u200c-\u200d-]{1,2000}/iuy;
// Scripts that write words without spaces between them.
const DENSE =
	'\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}';
// Where the sentence goes on, not the address: at a word of these that touches a Latin letter or digit, at a word of
// another script that touches a Latin letter, and at a second address.
const SENTENCE = new RegExp(
	`(?<=[a-z0-9])[${DENSE}]|(?<=[a-z])(?!\\p{sc=Latin})\\p{L}|[,;|](?=https?:\\/\\/)`,
	'iu',
);
const EMAIL =
	/(?:[\w.+\p{sc=Latin}\p{sc=Cyrl}\p{sc=Grek}-]{1,64}|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]{1,64})@(?:[\p{L}\p{M}\p{N}-]{1,63}\.){1,5}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}|(?![a-z])[\p{L}\p{M}]{2,24})/iuy;
const UNFINISHED = /^\[([^[\]]{0,500})(?:\](?:\([^()\s]{0,2000})?)?$/;
const LONGEST = 2600;
const BEFORE_ADDRESS = /[a-z0-9+@/-]/i;
const BEFORE_EMAIL = new RegExp(`[^\\P{L}${DENSE}]|[\\p{N}.+@/-]`, 'u');
const PROTOCOLS = ['http:', 'https:', 'mailto:', 'tel:'];

/** The link that stands at this place of the text: `[label](address)`, a bare address, or an e-mail address. */
export function linkAt(text: string, at: number): Link | undefined {
	if (text.charAt(at) === '[') {
		const [all, label, address] = matchAt(NAMED, text, at);
		const href = safeHref(address);
		return all && label && href ? { href, label, end: at + all.length } : undefined;
	}
	const before = text.charAt(at - 1);
	const [bare] = BEFORE_ADDRESS.test(before) ? [] : matchAt(BARE, text, at);
	if (bare) {
		const label = withoutTail(bare.slice(0, endOfAddress(bare)));
		const href = safeHref(/^www/i.test(label) ? `https://${label}` : label);
		return href ? { href, label, end: at + label.length } : undefined;
	}
	if (BEFORE_EMAIL.test(before)) return undefined;
	const [email] = matchAt(EMAIL, text, at);
	const href = email && safeHref(`mailto:${email}`);
	return email && href ? { href, label: email, end: at + email.length } : undefined;
}

/** The label of a link whose address is still being written, at the end of the text. */
export function unfinishedLink(rest: string): string | undefined {
	return rest.length > LONGEST ? undefined : UNFINISHED.exec(rest)?.[1];
}

/** The address as the browser understands it, when it is absolute and of a kind that cannot run anything. */
function safeHref(address: string | undefined): string | undefined {
	try {
		const url = new URL(address ?? '');
		return PROTOCOLS.includes(url.protocol) ? url.href : undefined;
	} catch {
		return undefined;
	}
}

function matchAt(pattern: RegExp, text: string, at: number): string[] {
	pattern.lastIndex = at;
	return pattern.exec(text) ?? [];
}

/** Where the sentence goes on; an address may have such words itself, behind a slash or an equals sign. */
function endOfAddress(address: string): number {
	return SENTENCE.exec(address)?.index ?? address.length;
}

const PAIRS: [string, string][] = [
	['(', ')'],
	['[', ']'],
];

// A full stop or a bracket behind an address belongs to the sentence; counted once, so that any address is linear.
function withoutTail(address: string): string {
	const open = PAIRS.map(([opening, closing]) => ({
		closing,
		surplus: address.split(closing).length - address.split(opening).length,
	}));
	let end = address.length;
	for (; end > 0; end--) {
		const last = address.charAt(end - 1);
		if (/[.,;:!?_~&([]/.test(last)) {
			for (const pair of open)
				if (PAIRS.some(([o, c]) => o === last && c === pair.closing)) pair.surplus++;
			continue;
		}
		const pair = open.find(({ closing }) => closing === last);
		if (!pair || pair.surplus <= 0) break;
		pair.surplus--;
	}
	return address.slice(0, end);
}
