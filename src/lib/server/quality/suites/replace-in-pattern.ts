/** Matches characters that may separate the parts of a phone number or a name. */
const SEPARATORS = /^(?:\\s|\\?[\s\-./()])+$/;
/** Matches the next token of a regular expression. */
const TOKEN = /\\p\{[^}]*\}|\\s[*+?]?|\\.|\[(?:\\.|[^\]\\])*\][*+?]?|\{[\d,]*\}|[ -][*+?]|./gsu;

/**
 * Passes the literal parts of a regular expression, such as `maya@example\.com`, through `replace`. Parts that
 * `replace` doesn't change keep their spelling.
 */
export function replaceInPattern(pattern: string, replace: (text: string) => string): string {
	let result = '';
	let source = '';
	let text = '';
	const flush = () => {
		const replaced = replace(text);
		result += replaced === text ? source : replaced.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
		[source, text] = ['', ''];
	};
	for (const { 0: token, index } of pattern.matchAll(TOKEN)) {
		const isBetweenWords =
			/[\p{L}\p{N}_-]$/u.test(text) && /^[\p{L}\p{N}_]/u.test(pattern.slice(index + 1));
		const literal = token === '.' && !isBetweenWords ? undefined : toLiteral(token);
		if (literal === undefined) {
			flush();
			result += token;
		} else {
			source += token;
			text += literal;
		}
	}
	flush();
	return result;
}

/** Returns the text that a token matches; undefined if it is an operator or matches several texts. */
function toLiteral(token: string): string | undefined {
	if (token.startsWith('\\s') || /^[ -][*+?]$/.test(token)) return ' ';
	if (token.startsWith('[')) return toClassLiteral(token);
	if (token.startsWith('\\')) return /[\p{L}\p{N}]/u.test(token) ? undefined : token.slice(1);
	return token.length > 2 || '^$*+?()|{}'.includes(token) ? undefined : token;
}

function toClassLiteral(token: string): string | undefined {
	const [, content = '', quantifier = ''] = /^\[(.*)\]([*+?]?)$/su.exec(token) ?? [];
	const single = /^\\?(.)$/su.exec(content)?.[1];
	if (single !== undefined && quantifier === '') return single;
	if (SEPARATORS.test(content)) return ' ';
	const [letter = '', secondLetter = '', rest] = content;
	const isOneLetter = rest === undefined && letter.toLowerCase() === secondLetter.toLowerCase();
	return isOneLetter && quantifier === '' ? letter : undefined;
}
