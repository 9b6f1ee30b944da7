import { setImmediate } from 'node:timers/promises';
import type { CheckResult } from '#lib/contract/suite.ts';
import type { CaseCheck } from '#lib/contract/test-case.ts';
import { cutText } from '#lib/contract/text.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import { JudgeError, type Judgment } from '../judge.ts';
import { answerLanguage } from './answer-language.ts';
import { compilePattern, MAX_WORK } from './compile-pattern.ts';

/** What a case's chat came to. */
export interface RanChat {
	/** The AI's answer to each line, 0 for the greeting; empty where there was none. */
	answers: string[];
	turns: { line: number; outcome: TurnOutcome | null; ms: number; asks_for_person: boolean }[];
	/** The lines whose answer was the site's fallback reply. */
	fallback_lines: number[];
	/** The lead's values, by key. */
	lead: Record<string, string>;
	is_complete: boolean;
	/** The line after whose answer the chat was complete; null if it is not. */
	completed_line: number | null;
}

/** What checks need from outside. */
export interface CheckTools {
	/** Returns a lead value in the form in which leads store it. */
	normalize(key: string, value: string): string;
	/** Throws `JudgeError`. */
	judge(url: string): Promise<Judgment>;
}

type Verdict = readonly [ok: boolean, detail: string];
type Of<Type extends CaseCheck['type']> = Extract<CaseCheck, { type: Type }>;

/**
 * Runs the checks of a case on its chat. `error` is set when a judge could not be asked, so that the chat is neither good nor
 * bad.
 */
export async function runChecks(
	checks: readonly CaseCheck[],
	ran: RanChat,
	tools: CheckTools,
): Promise<{ checks: CheckResult[]; error: string | null }> {
	const results: CheckResult[] = [];
	let error: string | null = null;
	// All at once, and each only once, so that slow judges together take no longer than one.
	const judgments = new Map<string, Promise<Judgment>>();
	for (const { url } of checks.filter(isJudgeCheck)) {
		const judgment = judgments.get(url) ?? tools.judge(url);
		// It is awaited below, after other checks.
		judgment.catch(() => undefined);
		judgments.set(url, judgment);
	}
	const once = { ...tools, judge: (url: string) => judgments.get(url) ?? tools.judge(url) };
	for (const check of checks) {
		try {
			const [ok, detail] = await verdictOf(check, ran, once);
			results.push({ type: check.type, ok, detail });
		} catch (fault) {
			if (!(fault instanceof JudgeError)) throw fault;
			error ??= fault.message;
			results.push({ type: check.type, ok: false, detail: fault.message });
		}
	}
	return { checks: results, error };
}

const isJudgeCheck = (check: CaseCheck): check is Of<'judge'> => check.type === 'judge';

async function verdictOf(check: CaseCheck, ran: RanChat, tools: CheckTools): Promise<Verdict> {
	switch (check.type) {
		case 'completed':
			return [
				ran.is_complete,
				ran.is_complete ? 'The chat is complete.' : 'The chat is not complete.',
			];
		case 'not_completed':
			return [
				!ran.is_complete,
				ran.is_complete ? 'The chat is complete.' : 'The chat is not complete.',
			];
		case 'field_equals':
			return fieldEquals(check, ran, tools);
		case 'field_present':
			return [ran.lead[check.key] !== undefined, describeField(check.key, ran)];
		case 'field_absent':
			return [ran.lead[check.key] === undefined, describeField(check.key, ran)];
		case 'answer_contains':
			return contains(check, ran, true);
		case 'answer_excludes':
			return contains(check, ran, false);
		case 'answer_matches':
			return matches(check, ran, true);
		case 'answer_not_matches':
			return matches(check, ran, false);
		case 'language':
			return language(check, ran);
		case 'max_turns':
			return maxTurns(check, ran);
		case 'no_fallback':
			return noFallback(ran);
		case 'answered_in_time':
			return inTime(check, ran);
		case 'handoff':
			return handoff(check, ran);
		case 'judge': {
			const { pass, reason } = await tools.judge(check.url);
			return [pass, reason || (pass ? 'The judge passed the chat.' : 'The judge failed the chat.')];
		}
	}
}

const quote = (text: string) => `“${cutText(text, 300)}”`;
const describeField = (key: string, { lead }: RanChat) =>
	lead[key] === undefined ? `${key} is not known.` : `${key} is ${quote(lead[key])}.`;

function fieldEquals(
	{ key, value }: Of<'field_equals'>,
	ran: RanChat,
	{ normalize }: CheckTools,
): Verdict {
	const found = ran.lead[key];
	const fold = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();
	const ok = found !== undefined && fold(found) === fold(normalize(key, value));
	return [ok, `Expected ${quote(value)}. ${describeField(key, ran)}`];
}

/** Returns the answers that a check reads, with the words for them. */
function answersFor(
	line: number | undefined,
	{ answers }: RanChat,
): { texts: string[]; name: string | undefined } {
	if (line === undefined) return { texts: answers, name: undefined };
	const name = line === 0 ? 'the greeting' : `the answer to message ${line}`;
	return { texts: [answers[line] ?? ''], name };
}

const foldText = (text: string) =>
	text.normalize('NFKC').replace(/[’‘]/g, "'").replace(/\s+/g, ' ').toLowerCase();

function contains(
	{ line, text }: Of<'answer_contains' | 'answer_excludes'>,
	ran: RanChat,
	isWanted: boolean,
): Verdict {
	const { texts, name } = answersFor(line, ran);
	const isFound = texts.some((answer) => foldText(answer).includes(foldText(text)));
	const where = name ?? (isFound ? 'one of the answers' : 'any answer');
	return [isFound === isWanted, `${quote(text)} is ${isFound ? '' : 'not '}in ${where}.`];
}

async function matches(
	{ line, pattern }: Of<'answer_matches' | 'answer_not_matches'>,
	ran: RanChat,
	isWanted: boolean,
): Promise<Verdict> {
	const { texts, name } = answersFor(line, ran);
	// Lets other work of the process go first, here and below.
	await setImmediate();
	const compiled = compilePattern(pattern);
	if (typeof compiled === 'string') return [false, `${quote(pattern)} ${compiled}.`];
	let isFound = false;
	for (const answer of texts) {
		await setImmediate();
		isFound ||= compiled.matcher(answer.slice(0, MAX_WORK / compiled.programSize())).find();
	}
	const what = name ?? (isFound ? 'one of the answers' : 'any answer');
	return [
		isFound === isWanted,
		`${quote(pattern)} ${isFound ? 'matches' : 'does not match'} ${what}.`,
	];
}

async function language({ code }: Of<'language'>, { answers }: RanChat): Promise<Verdict> {
	const found = await Promise.all(answers.map((answer) => answerLanguage(answer)));
	const wrong = found.findIndex((one) => one !== null && one !== code);
	if (wrong >= 0) {
		return [false, `The answer to message ${wrong} is in “${found[wrong]}”, not in “${code}”.`];
	}
	const isTold = found.some((one) => one !== null);
	return [
		true,
		isTold ? `All answers are in “${code}”.` : 'The answers are too short to tell their language.',
	];
}

function maxTurns(
	{ n }: Of<'max_turns'>,
	{ completed_line, answers, is_complete }: RanChat,
): Verdict {
	const turns = completed_line ?? Math.max(0, answers.length - 1);
	const what = is_complete ? 'complete after' : 'not complete after';
	return [turns <= n, `The chat is ${what} ${turns} of at most ${n} messages.`];
}

function noFallback({ fallback_lines, turns }: RanChat): Verdict {
	const failed = turns.find(({ outcome }) => outcome !== 'ok');
	const line = fallback_lines[0] ?? failed?.line;
	if (line === undefined) return [true, 'The AI answered every time.'];
	return [
		false,
		`The AI failed to answer message ${line}: ${failed?.outcome ?? 'fallback reply'}.`,
	];
}

function inTime({ seconds }: Of<'answered_in_time'>, { turns }: RanChat): Verdict {
	const late = turns.find(
		({ outcome, ms }) =>
			outcome === 'timeout' ||
			outcome === 'queue_timeout' ||
			(seconds !== undefined && ms > seconds * 1_000),
	);
	const slowest = Math.max(0, ...turns.map(({ ms }) => ms));
	if (!late) return [true, `The slowest answer took ${formatSeconds(slowest)}.`];
	return [false, `The answer to message ${late.line} took ${formatSeconds(late.ms)}.`];
}

const formatSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

function handoff({ requested }: Of<'handoff'>, { turns }: RanChat): Verdict {
	const asking = turns.find(({ asks_for_person }) => asks_for_person);
	const detail = asking
		? `The AI requested a person in its answer to message ${asking.line}.`
		: 'The AI did not request a person.';
	return [requested === (asking !== undefined), detail];
}
