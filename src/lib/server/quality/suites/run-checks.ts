import { setImmediate } from 'node:timers/promises';
import type { CheckResult } from '#lib/contract/suite.ts';
import { capitalize, toFieldLabel } from '#lib/contract/constants.ts';
import type { CaseCheck } from '#lib/contract/test-case.ts';
import { truncateText } from '#lib/contract/text.ts';
import { type TurnOutcome, turnOutcomeLabels } from '#lib/contract/turn.ts';
import { formatLanguage } from '#lib/locale.ts';
import { containsAnyPhrase } from '#lib/markdown/index.ts';
import { JudgeError, type Judgment } from '../judge.ts';
import { detectAnswerLanguage } from './answer-language.ts';
import { compilePattern, MAX_WORK } from './compile-pattern.ts';

/** The result of a case's chat. */
export interface CaseChat {
	/** The AI's answer to each line, 0 for the greeting; empty where there was none. */
	answers: string[];
	turns: { line: number; outcome: TurnOutcome | null; ms: number; asks_for_person: boolean }[];
	/** The lines whose answer was the site's fallback reply. */
	fallback_lines: number[];
	/** The lead's values, by key. */
	lead: Record<string, string>;
	is_complete: boolean;
	/** The line whose answer completed the chat; null if the chat isn't complete. */
	completed_line: number | null;
}

/** Dependencies of the checks. */
export interface CheckTools {
	/** Returns a lead value in the form in which leads store it. */
	normalize(key: string, value: string): string;
	/** Throws `JudgeError`. */
	judge(url: string): Promise<Judgment>;
}

type Verdict = readonly [ok: boolean, detail: string];
type CheckOf<Type extends CaseCheck['type']> = Extract<CaseCheck, { type: Type }>;

/**
 * Runs the checks of a case on its chat. `error` is set if a judge gave no verdict, so that the chat neither passes nor fails.
 */
export async function runChecks(
	checks: readonly CaseCheck[],
	chat: CaseChat,
	tools: CheckTools,
): Promise<{ checks: CheckResult[]; error: string | null }> {
	const results: CheckResult[] = [];
	let error: string | null = null;
	// Judges run concurrently, once per URL, so that several slow judges take no longer than one.
	const judgments = new Map<string, Promise<Judgment>>();
	for (const { url } of checks.filter(isJudgeCheck)) {
		const judgment = judgments.get(url) ?? tools.judge(url);
		// Awaited below; this prevents an unhandled rejection until then.
		judgment.catch(() => undefined);
		judgments.set(url, judgment);
	}
	const cachedTools = { ...tools, judge: (url: string) => judgments.get(url) ?? tools.judge(url) };
	for (const check of checks) {
		try {
			const [ok, detail] = await getVerdict(check, chat, cachedTools);
			results.push({ type: check.type, ok, detail });
		} catch (cause) {
			if (!(cause instanceof JudgeError)) throw cause;
			error ??= cause.message;
			results.push({ type: check.type, ok: false, detail: cause.message });
		}
	}
	return { checks: results, error };
}

const isJudgeCheck = (check: CaseCheck): check is CheckOf<'judge'> => check.type === 'judge';

async function getVerdict(check: CaseCheck, chat: CaseChat, tools: CheckTools): Promise<Verdict> {
	switch (check.type) {
		case 'completed':
			return [
				chat.is_complete,
				chat.is_complete ? 'The chat is completed.' : 'The chat isn’t completed.',
			];
		case 'not_completed':
			return [
				!chat.is_complete,
				chat.is_complete ? 'The chat is completed.' : 'The chat isn’t completed.',
			];
		case 'field_equals':
			return checkFieldEquals(check, chat, tools);
		case 'field_present':
			return [chat.lead[check.key] !== undefined, describeField(check.key, chat)];
		case 'field_absent':
			return [chat.lead[check.key] === undefined, describeField(check.key, chat)];
		case 'answer_contains':
			return checkContains(check, chat, true);
		case 'answer_excludes':
			return checkContains(check, chat, false);
		case 'answer_matches':
			return checkMatches(check, chat, true);
		case 'answer_not_matches':
			return checkMatches(check, chat, false);
		case 'language':
			return checkLanguage(check, chat);
		case 'max_turns':
			return checkMaxTurns(check, chat);
		case 'no_fallback':
			return checkNoFallback(chat);
		case 'answered_in_time':
			return checkAnswerTime(check, chat);
		case 'handoff':
			return checkHandoff(check, chat);
		case 'judge': {
			const { pass, reason } = await tools.judge(check.url);
			return [pass, reason || (pass ? 'The judge passed the chat.' : 'The judge failed the chat.')];
		}
	}
}

const quote = (text: string) => `“${truncateText(text, 300)}”`;
const describeField = (key: string, { lead }: CaseChat) =>
	lead[key] === undefined
		? `${toFieldLabel(key)} wasn’t collected.`
		: `${toFieldLabel(key)} is ${quote(lead[key])}.`;

function checkFieldEquals(
	{ key, value }: CheckOf<'field_equals'>,
	chat: CaseChat,
	{ normalize }: CheckTools,
): Verdict {
	const actual = chat.lead[key];
	const foldValue = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();
	const ok = actual !== undefined && foldValue(actual) === foldValue(normalize(key, value));
	return [ok, `Expected ${quote(value)}. ${describeField(key, chat)}`];
}

/** Returns the answers that a check applies to, with a name for them. */
function getAnswersToCheck(
	line: number | undefined,
	{ answers }: CaseChat,
): { texts: string[]; name: string | undefined } {
	if (line === undefined) return { texts: answers, name: undefined };
	return { texts: [answers[line] ?? ''], name: nameAnswer(line) };
}

/** Names an answer within a sentence. */
const nameAnswer = (line: number) =>
	line === 0 ? 'the greeting' : `the answer to message ${line}`;

function checkContains(
	{ line, text }: CheckOf<'answer_contains' | 'answer_excludes'>,
	chat: CaseChat,
	isExpected: boolean,
): Verdict {
	const { texts, name } = getAnswersToCheck(line, chat);
	const isFound = texts.some((answer) => containsAnyPhrase(answer, [text]));
	const where = name ?? (isFound ? 'one of the answers' : 'any answer');
	return [isFound === isExpected, `${quote(text)} is ${isFound ? '' : 'not '}in ${where}.`];
}

async function checkMatches(
	{ line, pattern }: CheckOf<'answer_matches' | 'answer_not_matches'>,
	chat: CaseChat,
	isExpected: boolean,
): Promise<Verdict> {
	const { texts, name } = getAnswersToCheck(line, chat);
	// Yields to the event loop, here and below.
	await setImmediate();
	const compiled = compilePattern(pattern);
	if (typeof compiled === 'string') return [false, `${quote(pattern)} ${compiled}.`];
	let isFound = false;
	for (const answer of texts) {
		await setImmediate();
		isFound ||= compiled.matcher(answer.slice(0, MAX_WORK / compiled.programSize())).find();
	}
	const subject = name ?? (isFound ? 'one of the answers' : 'any answer');
	return [
		isFound === isExpected,
		`${quote(pattern)} ${isFound ? 'matches' : 'does not match'} ${subject}.`,
	];
}

async function checkLanguage(
	{ code }: CheckOf<'language'>,
	{ answers }: CaseChat,
): Promise<Verdict> {
	const languages = await Promise.all(answers.map((answer) => detectAnswerLanguage(answer)));
	const wrongIndex = languages.findIndex((language) => language !== null && language !== code);
	if (wrongIndex >= 0) {
		return [
			false,
			`${capitalize(nameAnswer(wrongIndex))} is in ${formatLanguage(languages[wrongIndex] ?? '')}, not in ${formatLanguage(code)}.`,
		];
	}
	const isDetected = languages.some((language) => language !== null);
	return [
		true,
		isDetected
			? `All answers are in ${formatLanguage(code)}.`
			: 'The answers are too short to tell their language.',
	];
}

function checkMaxTurns(
	{ n }: CheckOf<'max_turns'>,
	{ completed_line, answers, is_complete }: CaseChat,
): Verdict {
	const turns = completed_line ?? Math.max(0, answers.length - 1);
	const state = is_complete ? 'complete after' : 'not complete after';
	return [turns <= n, `The chat is ${state} ${turns} of at most ${n} messages.`];
}

function checkNoFallback({ fallback_lines, turns }: CaseChat): Verdict {
	const failedTurn = turns.find(({ outcome }) => outcome !== 'ok');
	const line = fallback_lines[0] ?? failedTurn?.line;
	if (line === undefined) return [true, 'The AI answered every time.'];
	return [
		false,
		`${capitalize(nameAnswer(line))} failed: ${failedTurn?.outcome ? turnOutcomeLabels[failedTurn.outcome] : 'Fallback reply'}.`,
	];
}

function checkAnswerTime({ seconds }: CheckOf<'answered_in_time'>, { turns }: CaseChat): Verdict {
	const lateTurn = turns.find(
		({ outcome, ms }) =>
			outcome === 'timeout' ||
			outcome === 'queue_timeout' ||
			(seconds !== undefined && ms > seconds * 1_000),
	);
	const slowestMs = Math.max(0, ...turns.map(({ ms }) => ms));
	if (!lateTurn) return [true, `The slowest answer took ${formatSeconds(slowestMs)}.`];
	return [false, `${capitalize(nameAnswer(lateTurn.line))} took ${formatSeconds(lateTurn.ms)}.`];
}

const formatSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

function checkHandoff({ requested }: CheckOf<'handoff'>, { turns }: CaseChat): Verdict {
	const handoffTurn = turns.find(({ asks_for_person }) => asks_for_person);
	const detail = handoffTurn
		? `The AI requested a person in ${nameAnswer(handoffTurn.line)}.`
		: 'The AI didn’t request a person.';
	return [requested === (handoffTurn !== undefined), detail];
}
