import type { ReplayComparison, ReplaySide } from '#lib/contract/test-chat.ts';
import { toFieldLabel } from '#lib/contract/constants.ts';
import { compareFigures, formatCount, formatDuration } from '#lib/numbers.ts';
import { groupExchanges, type Exchange } from './exchanges.ts';

/** The AI's original and replayed answers to one visitor message; the first row is the greeting. */
interface ReplayRow {
	visitor: string | null;
	then: string;
	now: string;
	isThenFallback: boolean;
	isNowFallback: boolean;
	/** Whether the replayed answer is still missing. */
	isPending: boolean;
}

/** Aligns both transcripts, one row per visitor message. */
export function alignReplay({ replay, then, now }: ReplayComparison): ReplayRow[] {
	const originals = then ? groupExchanges(then.messages).map(toAnswer) : [];
	const replayed = groupExchanges(now.messages).map(toAnswer);
	const rows = Math.max(Math.min(originals.length, replay.total + 1), replayed.length);
	return Array.from({ length: rows }, (_, index): ReplayRow => {
		const [original, answer] = [originals[index], replayed[index]];
		return {
			visitor: answer?.visitor ?? original?.visitor ?? null,
			then: original?.text ?? '',
			now: answer?.text ?? '',
			isThenFallback: original?.isFallback ?? false,
			isNowFallback: answer?.isFallback ?? false,
			isPending:
				answer === undefined ||
				(answer.text === '' && index === replayed.length - 1 && replay.status === 'running'),
		};
	}).filter((row) => row.visitor !== null || row.then !== '' || row.now !== '' || row.isPending);
}

function toAnswer({ visitor, answers }: Exchange) {
	const replies = answers.filter(({ sender }) => sender !== 'system');
	return {
		visitor: visitor?.message ?? null,
		text: replies.map(({ message }) => message).join('\n\n'),
		isFallback: replies.some(({ is_fallback }) => is_fallback),
	};
}

interface ReplayCheck {
	/** Unique, unlike `name`: the keys of two answers can have the same label. */
	id: string;
	name: string;
	then: string;
	now: string;
	/** How the replay compares; null if neither is better. */
	verdict: 'better' | 'worse' | 'same' | null;
}

/** Compares the original and the replayed chat in detail. */
export function compareReplay({ then, now }: ReplayComparison): ReplayCheck[] {
	const fields = [...new Set([...Object.keys(then?.lead ?? {}), ...Object.keys(now.lead)])];
	const isDone = (side: ReplaySide | null) => side?.completion_status === 'complete';
	const readCount = (side: ReplaySide | null, read: (side: ReplaySide) => number) =>
		side && read(side);
	return [
		{
			id: 'completed',
			name: 'Completed',
			then: then ? formatYesNo(isDone(then)) : '–',
			now: formatYesNo(isDone(now)),
			verdict: then && compare(Number(isDone(now)), Number(isDone(then))),
		},
		...fields.map((key): ReplayCheck => {
			const [before, today] = [then?.lead[key], now.lead[key]];
			const verdict = compare(Number(today !== undefined), Number(before !== undefined));
			return {
				id: `field:${key}`,
				name: toFieldLabel(key),
				then: before ?? 'No answer',
				now: today ?? 'No answer',
				verdict: then && (verdict === 'same' && before !== today ? null : verdict),
			};
		}),
		compareCounts(
			'failures',
			'Failed answers',
			readCount(then, (side) => side.failures),
			now.failures,
		),
		{
			...compareCounts(
				'turns',
				'AI answers',
				readCount(then, (side) => side.turns),
				now.turns,
			),
			verdict: null,
		},
		{
			id: 'time',
			name: 'AI response time',
			then: then ? formatDuration(then.ai_ms) : '–',
			now: formatDuration(now.ai_ms),
			verdict: null,
		},
	];
}

interface ReplayVerdict {
	verdict: 'better' | 'worse' | 'mixed' | 'same';
	better: string[];
	worse: string[];
}

/** Returns how a replay compares with the original chat, with the names of the checks that differ. Null if the original was deleted. */
export function judgeReplay(checks: readonly ReplayCheck[]): ReplayVerdict | null {
	if (checks.every(({ verdict }) => verdict === null)) return null;
	const listNames = (expected: 'better' | 'worse') =>
		checks.filter(({ verdict }) => verdict === expected).map(({ name }) => name);
	const [better, worse] = [listNames('better'), listNames('worse')];
	if (better.length > 0 && worse.length > 0) return { verdict: 'mixed', better, worse };
	return {
		verdict: better.length > 0 ? 'better' : worse.length > 0 ? 'worse' : 'same',
		better,
		worse,
	};
}

const formatYesNo = (value: boolean) => (value ? 'Yes' : 'No');
const compare = (now: number, then: number) =>
	now === then ? ('same' as const) : now > then ? ('better' as const) : ('worse' as const);

/** Compares counts. Lower ones are better. */
const compareCounts = (
	id: string,
	name: string,
	then: number | null,
	now: number,
): ReplayCheck => ({
	id,
	name,
	then: then === null ? '–' : String(then),
	now: String(now),
	verdict: then === null ? null : compare(then, now),
});

interface SummaryFigure {
	label: string;
	value: string;
	hint?: string;
	delta?: { text: string; direction: 'up' | 'down' | 'same'; isGood: boolean | null };
}

/** Summarizes a replay: fields kept or lost, completion, answer length and AI time. */
export function summarizeReplay({ then, now }: ReplayComparison): SummaryFigure[] {
	const before = Object.keys(then?.lead ?? {});
	const kept = before.filter((key) => now.lead[key] !== undefined).length;
	const lost = before.length - kept;
	const gained = Object.keys(now.lead).length - kept;
	const isComplete = now.completion_status === 'complete';
	const wasComplete = then?.completion_status === 'complete';
	const countAiCharacters = (side: ReplaySide | null) =>
		side &&
		side.messages
			.filter(({ sender }) => sender === 'ai')
			.reduce((sum, { message }) => sum + message.length, 0);
	const [lengthThen, lengthNow] = [countAiCharacters(then), countAiCharacters(now) ?? 0];
	return [
		{
			label: 'Fields kept',
			value: `${kept} of ${before.length}`,
			...(gained > 0 && { hint: `${gained} new` }),
			...(lost > 0 && {
				delta: { text: `${lost} lost`, direction: 'down' as const, isGood: false },
			}),
		},
		{
			label: 'Completed',
			value: formatYesNo(isComplete),
			...(then && { hint: `${formatYesNo(wasComplete).toLowerCase()} before` }),
			...(then &&
				isComplete !== wasComplete && {
					delta: {
						text: isComplete ? 'better' : 'worse',
						direction: isComplete ? ('up' as const) : ('down' as const),
						isGood: isComplete,
					},
				}),
		},
		{
			...compareNeutral('Answer length', formatCount(lengthNow), lengthNow, lengthThen),
			hint: 'characters',
		},
		compareNeutral('Total AI time', formatDuration(now.ai_ms), now.ai_ms, then && then.ai_ms),
	];
}

/** Compares figures where neither more nor less is better. */
function compareNeutral(
	label: string,
	value: string,
	now: number,
	then: number | null,
): SummaryFigure {
	const change = compareFigures(now, then || null);
	return { label, value, ...(change && { delta: { ...change, isGood: null } }) };
}
