interface Link {
	/** Undefined for a link within the AI's own site, which the chat can't follow. */
	href?: string;
	label: string;
	/** Whether the label was written by the author, and may have formatting. */
	isNamed?: boolean;
	end: number;
}

const LABEL = String.raw`((?:[^[\]\\]|\\.){0,500}|\[[^[\]]{1,80}\]|!\[[^[\]]{0,200}\]\([^()\s]{1,2000}\))`;
/** An address that may contain spaces: a `tel:` or `mailto:` URL, or any address in angle brackets. */
const SPACED_ADDRESS = String.raw`(?:tel|mailto):(?:[^()<>"\n]|\([^()\n]{0,20}\)){1,500}|(?<=<)[^<>\n]{1,2000}(?=>)`;
const NAMED_LINK = new RegExp(
	String.raw`\[${LABEL}\]\(\s{0,3}<?(${SPACED_ADDRESS}|[^()\s<>]{1,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,500})?)>?\s{0,3}(?:(?:"[^"\n]{0,200}"|'[^'\n]{0,200}')\s{0,3})?\)`,
	'yi',
);
// Converters from HTML escape Markdown's characters, also in URLs: "https://example.com/a\_b".
const ESCAPED = /\\([_*~])/g;
// Beyond ASCII, only letters, marks and digits are part of a URL. Punctuation of any script ends it.
const BARE_URL =
	/(?:https?:\/\/|www\.(?=[^\s.]{1,63}\.))(?:[\w!#$%&()+,./:;=?@[\]~\p{L}\p{M}\p{N}\u200c-\u200d-]|\\[_*~](?=[\w])){1,2000}/iuy;
// Scripts that write words without spaces between them.
const UNSPACED_SCRIPTS =
	'\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}';
// Ends a URL where the sentence continues: at a script without spaces after a Latin letter or digit, at another script after a
// Latin letter, and at a second URL.
const SENTENCE_START = new RegExp(
	`(?<=[a-z0-9])[${UNSPACED_SCRIPTS}]|(?<=[a-z])(?!\\p{sc=Latin})\\p{L}|[,;|](?=https?:\\/\\/)`,
	'iu',
);
/**
 * An elided article before an address, as in "all'info@"; an apostrophe may also be part of the address ("o'brien@", "d'angelo@").
 * `d'` is an article only before the name of a shared mailbox.
 */
export const ELIDED_ARTICLE = String.raw`(?:(?:l|qu|all|dell|dall|nell|sull)['’]|d['’](?=(?:accueil|admin|assistenza|info|office|ufficio)(?:@|$)))`;
const EMAIL = new RegExp(
	String.raw`(?!${ELIDED_ARTICLE})(?:[\w.+\p{sc=Latin}\p{sc=Cyrl}\p{sc=Grek}-]{1,64}(?:['’&][\w.+-]{1,64}){0,2}|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]{1,64})@(?:[\p{L}\p{M}\p{N}-]{1,63}\.){1,5}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}|(?![a-z])[\p{L}\p{M}]{2,24})`,
	'iuy',
);
const UNFINISHED_LINK = /^\[([^[\]]{0,500})(?:\](?:\([^()\s]{0,2000})?)?$/;
const MAX_UNFINISHED_LENGTH = 2600;
const BEFORE_ADDRESS = /(?:[a-z0-9+@/]|[^\s(]-)$/i;
const BEFORE_EMAIL = new RegExp(`[^\\P{L}${UNSPACED_SCRIPTS}]|[\\p{N}.+@/-]`, 'u');
/** The address of a page without its host: "/prices", "prices.html". */
const SITE_PATH = /^(?:\.{0,2}\/(?!\/)|#)|^[\w-]{1,80}\.(?:html?|php|aspx?|pdf|md)(?:[?#]|$)/i;
/** An address that begins with a host, such as "example.com/prices". */
const HOST = /^[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){0,5}\.[a-z]{2,24}(?:[/?#]|$)/i;
const PROTOCOLS = ['http:', 'https:', 'mailto:', 'tel:'];

/** Returns the link at this position of the text: `[label](url)`, a bare URL, or an email address. */
export function readLinkAt(text: string, at: number): Link | undefined {
	if (text.charAt(at) === '[') {
		const [all, written = '', address = ''] = matchAt(NAMED_LINK, text, at);
		if (!all) return undefined;
		const label = written.replace(/^!\[(.*?)\]\(.*$/, '$1').trim() || address;
		const end = at + all.length;
		if (SITE_PATH.test(address)) return { label, isNamed: true, end };
		const href = toSafeHref(HOST.test(address) ? `https://${address}` : address);
		return href ? { href, label, isNamed: label !== address, end } : undefined;
	}
	const before = text.charAt(at - 1);
	const [bare] = BEFORE_ADDRESS.test(text.slice(Math.max(at - 2, 0), at))
		? []
		: matchAt(BARE_URL, text, at);
	if (bare) {
		const written = stripTail(bare.slice(0, findAddressEnd(bare)));
		const label = written.replace(ESCAPED, '$1');
		const href = toSafeHref(/^www/i.test(label) ? `https://${label}` : label);
		return href ? { href, label, end: at + written.length } : undefined;
	}
	if (BEFORE_EMAIL.test(before)) return undefined;
	const [email] = matchAt(EMAIL, text, at);
	const href = email && toSafeHref(`mailto:${email.replaceAll('’', "'")}`);
	return email && href ? { href, label: email, end: at + email.length } : undefined;
}

/** Returns the label of an incomplete link at the end of a streaming text. */
export function findUnfinishedLink(rest: string): string | undefined {
	return rest.length > MAX_UNFINISHED_LENGTH ? undefined : UNFINISHED_LINK.exec(rest)?.[1];
}

/** Returns the URL as the browser parses it, if it is absolute and can't execute code. */
function toSafeHref(address: string | undefined): string | undefined {
	try {
		const url = new URL(address ?? '');
		if (url.protocol === 'tel:') return url.href.replace(/%20|\s/g, '');
		return PROTOCOLS.includes(url.protocol) ? url.href : undefined;
	} catch {
		return undefined;
	}
}

function matchAt(pattern: RegExp, text: string, at: number): string[] {
	pattern.lastIndex = at;
	return pattern.exec(text) ?? [];
}

/** Returns the index at which the URL ends and the sentence continues. Words after a slash or an equals sign belong to the URL. */
function findAddressEnd(address: string): number {
	return SENTENCE_START.exec(address)?.index ?? address.length;
}

const BRACKET_PAIRS: [string, string][] = [
	['(', ')'],
	['[', ']'],
];

// Trailing punctuation and unmatched brackets belong to the sentence. Counts brackets once, to stay linear.
function stripTail(address: string): string {
	const brackets = BRACKET_PAIRS.map(([opening, closing]) => ({
		closing,
		surplus: address.split(closing).length - address.split(opening).length,
	}));
	let end = address.length;
	for (; end > 0; end--) {
		const last = address.charAt(end - 1);
		if (/[.,;:!?_~&([]/.test(last)) {
			for (const pair of brackets)
				if (BRACKET_PAIRS.some(([o, c]) => o === last && c === pair.closing)) pair.surplus++;
			continue;
		}
		const pair = brackets.find(({ closing }) => closing === last);
		if (!pair || pair.surplus <= 0) break;
		pair.surplus--;
	}
	return address.slice(0, end);
}
