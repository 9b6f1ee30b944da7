import { setImmediate } from 'node:timers/promises';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { AppError } from '#lib/server/core/errors.ts';
import type { CaseContent } from '#lib/contract/test-case.ts';

/** RE2 takes time linear in the text for every pattern, times the pattern's steps: `(.?){1000}` has a thousand. */
const MAX_STEPS = 600;
/**
 * The most characters times steps that one match takes, which is about 0.1 s. Patterns of 125 steps read the longest answer
 * as a whole, those of 600 its first 6,666 characters.
 */
export const MAX_WORK = 4_000_000;
/** The most that compiling a pattern costs: about 20 ms. */
const MAX_COST = 20_000;
/** The most that compiling all patterns of an import costs. */
const MAX_IMPORT_COST = 2_000_000;

const TOO_COMPLEX =
	'is too complex: use fewer or smaller repetitions such as {1000}, and fewer ranges of characters';

/** Compiles a pattern, or returns why it can't be used. */
export function compilePattern(pattern: string): RE2JS | string {
	if (compileCost(pattern) > MAX_COST) return TOO_COMPLEX;
	try {
		const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE);
		return compiled.programSize() > MAX_STEPS ? TOO_COMPLEX : compiled;
	} catch (error) {
		if (error instanceof RE2JSSyntaxException) {
			return `is not a valid RE2 pattern: ${error.message}`;
		}
		throw error;
	}
}

const REPETITION = /\{\d+,?(\d*)\}/g;
/** A range, as in `[a-z]`: the last character before its dash, and its end. */
const RANGE = /(?<=(.))-(?=\\x\{?([\da-f]+)|([^\\]))/gisu;
const CLASS = /\\p/gi;
/** No letter beyond it has another case. */
const LAST_LETTER = 0x1e943;

/**
 * Estimates what compiling a pattern costs, in microseconds. RE2 copies what is repeated, and looks up the other case of each
 * character of a range.
 */
function compileCost(pattern: string): number {
	let cost = 10 * pattern.length;
	for (const [whole, most] of pattern.matchAll(REPETITION)) {
		const count = Number(most || /\d+/.exec(whole)?.[0]);
		if (count > MAX_STEPS) return Infinity;
		cost += 25 * count;
	}
	for (const [, first = '', hex, end = ''] of pattern.matchAll(RANGE)) {
		const last = hex === undefined ? codeOf(end) : Number.parseInt(hex, 16);
		cost += Math.max(0, Math.min(last, LAST_LETTER) - codeOf(first)) / 30;
	}
	return cost + 160 * [...pattern.matchAll(CLASS)].length;
}

const codeOf = (character: string) => character.codePointAt(0) ?? 0;

/** Throws `invalid` for patterns that can't be used, and for more complex ones than one import may have. */
export async function requireValidPatterns(
	all: readonly CaseContent['checks'][],
	pathOf: (index: number) => string,
): Promise<void> {
	let cost = 0;
	for (const [index, checks] of all.entries()) {
		const errors: { path: string; message: string }[] = [];
		for (const [position, check] of checks.entries()) {
			if (!('pattern' in check)) continue;
			cost += Math.min(compileCost(check.pattern), MAX_COST);
			if (cost > MAX_IMPORT_COST) {
				throw new AppError('invalid', 'the patterns are too complex: import fewer cases at a time');
			}
			// Lets other work of the process go first.
			await setImmediate();
			const compiled = compilePattern(check.pattern);
			if (typeof compiled !== 'string') continue;
			errors.push({ path: `${pathOf(index)}checks.${position}.pattern`, message: compiled });
		}
		const [first] = errors;
		if (first) throw new AppError('invalid', `${first.path}: ${first.message}`, { errors });
	}
}
