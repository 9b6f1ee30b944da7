import { setImmediate } from 'node:timers/promises';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import { AppError } from '#lib/server/core/errors.ts';
import type { CaseContent } from '#lib/contract/test-case.ts';

/** The maximum number of steps of a pattern: `(.?){1000}` has a thousand. A match takes time proportional to the text's length times the steps. */
const MAX_STEPS = 600;
/**
 * The maximum product of characters and steps per match, which takes about 0.1 s. Patterns with 125 steps read the longest
 * answer in full; those with 600 read its first 6,666 characters.
 */
export const MAX_WORK = 4_000_000;
/** The maximum cost of compiling a pattern, in microseconds: about 20 ms. */
const MAX_COST_US = 20_000;
/** The maximum cost of compiling all patterns of an import, in microseconds. */
const MAX_IMPORT_COST_US = 2_000_000;

const TOO_COMPLEX =
	'is too complex: use fewer or smaller repetitions such as {1000}, and fewer ranges of characters';

/** Compiles a pattern, or returns why it can't be used. */
export function compilePattern(pattern: string): RE2JS | string {
	if (estimateCost(pattern) > MAX_COST_US) return TOO_COMPLEX;
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
/** Matches a range, as in `[a-z]`: the last character before its dash, and its end. */
const RANGE = /(?<=(.))-(?=\\x\{?([\da-f]+)|([^\\]))/gisu;
const CLASS = /\\p/gi;
/** The last letter with an upper and a lower case. */
const LAST_LETTER = 0x1e943;

/**
 * Estimates the time that compiling a pattern takes, in microseconds. RE2 copies repeated parts, and looks up the other case
 * of each character in a range.
 */
function estimateCost(pattern: string): number {
	let cost = 10 * pattern.length;
	for (const [repetition, maximum] of pattern.matchAll(REPETITION)) {
		const count = Number(maximum || /\d+/.exec(repetition)?.[0]);
		if (count > MAX_STEPS) return Infinity;
		cost += 25 * count;
	}
	for (const [, first = '', hex, end = ''] of pattern.matchAll(RANGE)) {
		const last = hex === undefined ? getCodePoint(end) : Number.parseInt(hex, 16);
		cost += Math.max(0, Math.min(last, LAST_LETTER) - getCodePoint(first)) / 30;
	}
	return cost + 160 * [...pattern.matchAll(CLASS)].length;
}

const getCodePoint = (character: string) => character.codePointAt(0) ?? 0;

/** Throws `invalid` for unusable patterns, and when the patterns together are too complex for one import. */
export async function requireValidPatterns(
	checksByCase: readonly CaseContent['checks'][],
	getPath: (index: number) => string,
): Promise<void> {
	let cost = 0;
	for (const [index, checks] of checksByCase.entries()) {
		const errors: { path: string; message: string }[] = [];
		for (const [position, check] of checks.entries()) {
			if (!('pattern' in check)) continue;
			cost += Math.min(estimateCost(check.pattern), MAX_COST_US);
			if (cost > MAX_IMPORT_COST_US) {
				throw new AppError('invalid', 'the patterns are too complex: import fewer cases at a time');
			}
			// Yields to the event loop.
			await setImmediate();
			const compiled = compilePattern(check.pattern);
			if (typeof compiled !== 'string') continue;
			errors.push({ path: `${getPath(index)}checks.${position}.pattern`, message: compiled });
		}
		const [first] = errors;
		if (first) throw new AppError('invalid', `${first.path}: ${first.message}`, { errors });
	}
}
