/** Converts formulas and footnotes, which the chat doesn't render, to plain text. */

interface Conversion {
	length: number;
	text: string;
}

const MAX_FORMULA_LENGTH = 500;
const CLOSERS = new Map([
	['\\(', '\\)'],
	['\\[', '\\]'],
	['$$', '$$'],
]);

/** Returns the formula at the start of `rest`; `null` if there is none, `undefined` while more text is needed to decide. */
export function matchFormula(rest: string, isEnd: boolean): Conversion | null | undefined {
	const closer = CLOSERS.get(rest.slice(0, 2));
	if (closer === undefined || rest.startsWith('$$$')) {
		return rest.length > 1 || isEnd ? null : undefined;
	}
	const [paragraph = ''] = rest.slice(0, MAX_FORMULA_LENGTH).split('\n\n', 1);
	const end = paragraph.indexOf(closer, 2);
	if (end >= 0) {
		const formula = rest.slice(2, end);
		return isFormula(formula) ? { length: end + 2, text: toPlainFormula(formula) } : null;
	}
	const isComplete =
		paragraph.length < rest.length || paragraph.length === MAX_FORMULA_LENGTH || isEnd;
	return isComplete ? null : undefined;
}

/** Rules out prices ("$$ is cheap, $$$ is not") and escaped brackets. */
function isFormula(formula: string): boolean {
	const withoutCommands = formula.replace(/\\(?:text|mathrm)\{[^{}]*\}|\\[a-z]+/gi, ' ');
	return /[\\^_=+<>]|^\s*[a-z]\s*$/i.test(formula) && !/\p{L}{4}/u.test(withoutCommands);
}

const SYMBOLS: Record<string, string> = {
	...{ times: '×', cdot: '·', div: '÷', pm: '±', approx: '≈', sim: '~', neq: '≠', ne: '≠' },
	...{ le: '≤', leq: '≤', ge: '≥', geq: '≥', lt: '<', gt: '>', to: '→', rightarrow: '→' },
	...{ Rightarrow: '⇒', implies: '⇒', infty: '∞', sum: '∑', prod: '∏', int: '∫', degree: '°' },
	...{ circ: '°', ldots: '…', dots: '…', cdots: '…', quad: ' ', qquad: ' ', left: '', right: '' },
	...{ displaystyle: '', alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', Delta: 'Δ', pi: 'π' },
	...{ mu: 'μ', sigma: 'σ', theta: 'θ', lambda: 'λ', omega: 'ω', Omega: 'Ω', rho: 'ρ', eta: 'η' },
};
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
const convertDigits = (number: string, set: string) =>
	number.replace(/\d/g, (digit) => set.charAt(Number(digit)));
/** Fractions nested deeper are not converted. */
const MAX_FRACTION_DEPTH = 4;

function toPlainFormula(formula: string): string {
	let text = formula
		.replace(/\{,\}/g, ',')
		.replace(/\\(?:text|textbf|mathrm|mathbf|operatorname)\s?\{([^{}]*)\}/g, '$1')
		.replace(/\^\\circ|\^\{\\circ\}/g, '°');
	for (let depth = 0; depth < MAX_FRACTION_DEPTH; depth++) {
		text = text
			.replace(
				/\^(?:\{(\d{1,6})\}|(\d{1,6}))/g,
				(_, braced: string | undefined, bare: string | undefined) =>
					convertDigits(braced ?? bare ?? '', SUPERSCRIPTS),
			)
			.replace(
				/_(?:\{(\d{1,6})\}|(\d{1,6}))/g,
				(_, braced: string | undefined, bare: string | undefined) =>
					convertDigits(braced ?? bare ?? '', SUBSCRIPTS),
			)
			.replace(
				/\\[dt]?frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}/g,
				(_, top: string, bottom: string) => `${parenthesize(top)}/${parenthesize(bottom)}`,
			)
			.replace(/\\sqrt\s?\{([^{}]*)\}/g, (_, root: string) => `√${parenthesize(root)}`)
			.replace(
				/([\^_])\{([^{}]*)\}/g,
				(_, mark: string, inner: string) => mark + parenthesize(inner),
			);
	}
	return text
		.replace(/\\\\/g, ' ')
		.replace(/\\([a-zA-Z]+)/g, (_, name: string) =>
			Object.hasOwn(SYMBOLS, name) ? (SYMBOLS[name] ?? '') : name,
		)
		.replace(/\\[,;:! ]/g, ' ')
		.replace(/\\([%$&#_{}])/g, '$1')
		.replace(/(?<!\\)[{}]/g, '')
		.replace(/\s+/g, ' ')
		.trim();
}

const parenthesize = (term: string): string =>
	/^\s*(?:[\d.,]+|\p{L}{1,20}|\\[a-zA-Z]{1,20}|[\p{L}\p{N}]{1,4})\s*$/u.test(term)
		? term.trim()
		: `(${term.trim()})`;

const FOOTNOTE = /\[\^(\d{1,3}|[a-z]\w{0,30})\](:[ \t]?)?/iy;

/** Numbers footnotes in order of appearance. */
export class Footnotes {
	readonly #numbers = new Map<string, string>();

	/** Returns the footnote or reference at the start of `rest`; `null` and `undefined` have the same meaning as in `matchFormula`. */
	match(rest: string, isLineStart: boolean, isEnd: boolean): Conversion | null | undefined {
		if (!isEnd && /^\[(?:\^\w{0,31}(?:\](?::[ \t]?)?)?)?$/.test(rest)) return undefined;
		FOOTNOTE.lastIndex = 0;
		const [all, name = '', colon = ''] = FOOTNOTE.exec(rest) ?? [];
		if (all === undefined) return null;
		const number = this.#numbers.get(name) ?? (/^\d/.test(name) ? name : this.#nextNumber());
		this.#numbers.set(name, number);
		const mark = convertDigits(number, SUPERSCRIPTS);
		return isLineStart
			? { length: all.length, text: colon === '' ? mark : `${mark} ` }
			: { length: all.length - colon.length, text: mark };
	}

	#nextNumber(): string {
		return String(this.#numbers.size + 1);
	}
}
