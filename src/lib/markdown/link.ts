interface Link {
	href: string;
	label: string;
	end: number;
}

const NAMED =
	/\[([^[\]]{1,500})\]\(\s{0,3}<?([^()\s<>]{1,2000}(?:\([^()\s]{0,200}\)[^()\s<>]{0,500})?)>?\s{0,3}\)/y;
const BARE = /https?:\/\/[^\s<>"'`*]{1,2000}/iy;
const EMAIL = /[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}/iy;
const UNFINISHED = /^\[([^[\]]{0,500})(?:\](?:\([^()\s]{0,2000})?)?$/;
const LONGEST = 2600;
const IN_WORD = /[\p{L}\p{N}.+@/-]/u;
const PROTOCOLS = ['http:', 'https:', 'mailto:', 'tel:'];

/** The link that stands at this place of the text: `[label](address)`, a bare address, or an e-mail address. */
export function linkAt(text: string, at: number): Link | undefined {
	if (text.charAt(at) === '[') {
		const [all, label, address] = matchAt(NAMED, text, at);
		const href = safeHref(address);
		return all && label && href ? { href, label, end: at + all.length } : undefined;
	}
	if (at > 0 && IN_WORD.test(text.charAt(at - 1))) return undefined;
	const [bare] = matchAt(BARE, text, at);
	if (bare) {
		const label = withoutTail(bare);
		const href = safeHref(label);
		return href ? { href, label, end: at + label.length } : undefined;
	}
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

// A full stop or a bracket behind an address belongs to the sentence.
function withoutTail(address: string): string {
	const trimmed = address.replace(/[.,;:!?_\]]+$/, '');
	const isUnbalanced = trimmed.split(')').length > trimmed.split('(').length;
	return trimmed.endsWith(')') && isUnbalanced ? withoutTail(trimmed.slice(0, -1)) : trimmed;
}
