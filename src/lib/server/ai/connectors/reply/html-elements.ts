import { decodeHTMLStrict } from 'entities';

/** How a known element of HTML is written in Markdown; all others that are no element stay text. */
export const MARKS = new Map([
	...['b', 'strong'].map((name) => [name, '**'] as const),
	...['i', 'em'].map((name) => [name, '*'] as const),
	...['s', 'del', 'strike'].map((name) => [name, '~~'] as const),
	['code', '`'] as const,
]);
export const PARAGRAPHS = new Set([
	'p',
	'blockquote',
	'table',
	'ul',
	'ol',
	'dl',
	'hr',
	'figure',
	'article',
	'section',
]);
export const LINES = new Set(
	'div header footer main nav aside center li dt dd tr details summary figcaption body html'.split(
		' ',
	),
);
/** Elements in which a line break is only space. */
export const FLOWING = /^(?:p|li|h[1-6]|td|th|dt|dd|summary|figcaption)$/;
export const DROPPED = new Set(
	'script style svg head template noscript iframe canvas video audio'.split(' '),
);
const PLAIN = new Set(
	'a img span u font small big mark abbr sub sup ins kbd pre thead tbody tfoot colgroup col td th br wbr button'.split(
		' ',
	),
);
export const isElement = (name: string) =>
	MARKS.has(name) ||
	PARAGRAPHS.has(name) ||
	LINES.has(name) ||
	DROPPED.has(name) ||
	PLAIN.has(name) ||
	/^h[1-6]$/.test(name);

export const TAG =
	/<(\/?)([a-z][a-z0-9]{0,20})((?:\s+[^<>"'=\s]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]*))?){0,20})\s*(\/?)>/iy;
export const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iy;
/** Places of sources that a provider's search marks with characters of its own. */
export const CITATION =
	/【[^【】†\n]{0,60}†[^【】\n]{0,80}】|\ue200[^\ue200\ue201]{0,200}\ue201|[\ue200-\ue206]/y;
export const MAX_TAG = 2100;
export const MAX_CITATION = 220;
export const SPECIAL = /[<&`\n\\$[【\ue200-\ue206]/g;

const ENDS = new Map(
	[...DROPPED].map((name) => [name, new RegExp(`</${name}\\s{0,20}>`, 'i')] as const),
);

/** What ends an element that is dropped, or a comment. */
export const endOf = (name: string): RegExp => ENDS.get(name) ?? /-->/;

const VALUE = `\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"']+))`;
const ATTRIBUTES = {
	href: new RegExp(`\\shref${VALUE}`, 'i'),
	src: new RegExp(`\\ssrc${VALUE}`, 'i'),
	alt: new RegExp(`\\salt${VALUE}`, 'i'),
};

export function attributeOf(attributes: string, name: keyof typeof ATTRIBUTES): string | undefined {
	const match = ATTRIBUTES[name].exec(attributes);
	const value = match?.[1] ?? match?.[2] ?? match?.[3];
	return value === undefined ? undefined : decodeHTMLStrict(value).trim();
}

export function matchAt(pattern: RegExp, text: string): (string | undefined)[] {
	pattern.lastIndex = 0;
	return pattern.exec(text) ?? [];
}
