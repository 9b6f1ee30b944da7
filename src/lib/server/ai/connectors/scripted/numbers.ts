import { withPlainDigits } from '#lib/server/core/digits.ts';
import { plain } from './plain.ts';

const WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
const NUMBER = /-?\d{1,15}(?:[.,'\u00a0\u202f]\d{1,15}){0,5}/;
const MULTIPLES: Record<string, number> = { k: 1e3, thousand: 1e3, m: 1e6, million: 1e6 };

/** The first number in a text as plain digits: "about 1,500" gives 1500, "20k" 20000, "two" 2. */
export function parseNumber(text: string): string | undefined {
	const readable = withPlainDigits(text);
	const match = NUMBER.exec(readable);
	if (!match) {
		const said = new Set(plain(readable).split(' '));
		const index = WORDS.findIndex((word) => said.has(word));
		return index < 0 ? undefined : String(index);
	}
	const after = readable.slice(match.index + match[0].length, match.index + match[0].length + 12);
	const unit = /^ ?(k|thousand|m|million)(?![\p{L}\p{N}²³])/iu.exec(after)?.[1]?.toLowerCase();
	const digits = withoutGrouping(match[0]);
	const multiple = unit && MULTIPLES[unit];
	return multiple ? String(Number(digits) * multiple) : digits;
}

/** "1,500" and "1.500" group thousands; "1.5" and "1,5" do not. */
function withoutGrouping(written: string): string {
	const isGrouped = /^-?[1-9]\d{0,2}(?:[.,'\u00a0\u202f]\d{3})+$/.test(written);
	if (isGrouped) return written.replace(/[.,'\u00a0\u202f]/g, '');
	const [whole = '', ...parts] = written.split(/[.,'\u00a0\u202f]/);
	const fraction = parts.pop();
	return fraction === undefined ? whole : `${whole}${parts.join('')}.${fraction}`;
}
