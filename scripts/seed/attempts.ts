import type { CaseAttempt, CaseResultStatus, RunMessage } from '#lib/contract/suite.ts';
import type { TestCase } from '#lib/contract/test-case.ts';
import { runChecks } from '#lib/server/quality/suites/run-checks.ts';
import { SECOND } from './calendar.ts';
import type { Random } from './random.ts';

/** A test case with the AI's answers in its chat: the greeting first, then one answer per line. */
export interface SeededCase {
	testCase: TestCase;
	answers: string[];
}

const VERSIONS = ['autumn-1', 'autumn-2', 'autumn-3'];
/** Returns the AI's version at a point of the run history; `progress` goes from 0 to 1. */
export const getVersion = (progress: number): string =>
	VERSIONS[Math.floor(progress * VERSIONS.length)] ?? '';

interface AttemptOptions {
	at: Date;
	version: string;
	random: Random;
}

/** Generates the attempts of a case in a run: one that passes, a failing and a passing one if it is flaky, or three that fail. */
export async function generateAttempts(
	seededCase: SeededCase,
	status: CaseResultStatus,
	attempt: AttemptOptions,
): Promise<CaseAttempt[]> {
	const outcomes =
		status === 'passed' ? [true] : status === 'flaky' ? [false, true] : [false, false, false];
	const attempts: CaseAttempt[] = [];
	for (const ok of outcomes) attempts.push(await generateAttempt(seededCase, ok, attempt));
	return attempts;
}

const FALLBACK = 'Sorry, I can’t answer right now. Please leave your email address.';

/** Generates an attempt. A failing one lacks a lead field, or contains a fallback reply if the case checks no fields. */
async function generateAttempt(
	{ testCase, answers }: SeededCase,
	shouldPass: boolean,
	{ at, version, random }: AttemptOptions,
): Promise<CaseAttempt> {
	const { checks, lines } = testCase;
	const keys = checks.flatMap((check) => (check.type === 'field_present' ? [check.key] : []));
	const knownKeys = shouldPass ? keys : keys.slice(0, -1);
	const answerKeys = keys.filter((key) => STAND_IN_DETAILS[key] === undefined);
	const lead = Object.fromEntries(
		// The visitor answers the questions in order, one per message.
		knownKeys.map((key) => [key, STAND_IN_DETAILS[key] ?? lines[answerKeys.indexOf(key)] ?? 'Yes']),
	);
	const fallbackLine = !shouldPass && keys.length === 0 ? lines.length : null;
	const isComplete = checks.some(({ type }) => type === 'completed');
	const texts = answers.map((text, line) =>
		line === fallbackLine ? FALLBACK : adaptToVersion(testCase, text, { line, version }),
	);
	const transcript = toAttemptTranscript(lines, texts, { at, fallbackLine });
	const result = await runChecks(
		checks,
		{
			answers: texts,
			turns: texts.map((_, line) => ({
				line,
				outcome: line === fallbackLine ? 'timeout' : 'ok',
				ms: 1_200,
				asks_for_person: false,
			})),
			fallback_lines: fallbackLine === null ? [] : [fallbackLine],
			lead,
			is_complete: isComplete,
			completed_line: isComplete ? lines.length : null,
		},
		{
			normalize: (_, value) => value,
			judge: () => Promise.reject(new Error('seeded cases have no judge')),
		},
	);
	return {
		ok: shouldPass,
		checks: result.checks,
		transcript,
		lead,
		is_complete: isComplete,
		error: null,
		ai_ms: Math.round(random.around(lines.length * 1_400)),
	};
}

/** The fictional visitor whose details replace personal details in cases. */
const STAND_IN_DETAILS: Record<string, string> = {
	name: 'Alex Morgan',
	email: 'alex@example.com',
	phone: '+12025550140',
	company: 'Example Ltd',
};

/** Returns the version's variant of an answer: shortened since the second version, and as the case expects in the third. */
function adaptToVersion(
	{ expected, expected_line }: TestCase,
	text: string,
	{ line, version }: { line: number; version: string },
): string {
	if (version === VERSIONS[2] && expected !== null && line === expected_line) return expected;
	const [first = '', ...rest] = text.split(/(?<=[.!]) /);
	return version === VERSIONS[0] || rest.length === 0 || first.length > 30 ? text : rest.join(' ');
}

const toAttemptTranscript = (
	lines: string[],
	answers: string[],
	{ at, fallbackLine }: { at: Date; fallbackLine: number | null },
): RunMessage[] =>
	answers.flatMap((answer, line) => {
		const timestamp = new Date(at.getTime() + line * 4 * SECOND).toISOString();
		const visitorLine = lines[line - 1];
		const base = { timestamp, line };
		return [
			...(visitorLine === undefined
				? []
				: [
						{
							...base,
							sender: 'visitor' as const,
							message: visitorLine,
							is_fallback: false,
							ms: null,
						},
					]),
			...(answer === ''
				? []
				: [
						{
							...base,
							sender: 'ai' as const,
							message: answer,
							is_fallback: line === fallbackLine,
							ms: 1_200 + 150 * line,
						},
					]),
		];
	});
