import type { Message } from '#lib/contract/message.ts';
import type { ReplayComparison, ReplaySide } from '#lib/contract/test-chat.ts';
import { changeOf, formatCount, formatDuration } from '#lib/client/format/numbers.ts';

/** The AI's answer to one visitor message, then and now; the first row is the greeting. */
export interface ReplayRow {
	visitor: string | null;
	then: string;
	now: string;
	isThenFallback: boolean;
	isNowFallback: boolean;
	/** Not replayed yet. */
	isOpen: boolean;
}

interface Answer {
	visitor: string | null;
	text: string;
	isFallback: boolean;
}

/** Aligns both transcripts, one row per visitor message. */
export function alignReplay({ replay, then, now }: ReplayComparison): ReplayRow[] {
	const before = then ? answersOf(then.messages) : [];
	const today = answersOf(now.messages);
	const rows = Math.max(Math.min(before.length, replay.total + 1), today.length);
	return Array.from({ length: rows }, (_, index): ReplayRow => {
		const [one, other] = [before[index], today[index]];
		return {
			visitor: other?.visitor ?? one?.visitor ?? null,
			then: one?.text ?? '',
			now: other?.text ?? '',
			isThenFallback: one?.isFallback ?? false,
			isNowFallback: other?.isFallback ?? false,
			isOpen:
				other === undefined ||
				(other.text === '' && index === today.length - 1 && replay.status === 'running'),
		};
	}).filter((row) => row.visitor !== null || row.then !== '' || row.now !== '' || row.isOpen);
}

function answersOf(messages: readonly Message[]): Answer[] {
	const answers: Answer[] = [{ visitor: null, text: '', isFallback: false }];
	for (const { sender, message, is_fallback } of messages) {
		const last = answers.at(-1);
		if (sender === 'visitor') answers.push({ visitor: message, text: '', isFallback: false });
		else if (last && sender !== 'system') {
			last.text = last.text === '' ? message : `${last.text}\n\n${message}`;
			last.isFallback ||= is_fallback;
		}
	}
	return answers;
}

export interface ReplayCheck {
	name: string;
	then: string;
	now: string;
	/** How the new chat compares; null where neither is better. */
	verdict: 'better' | 'worse' | 'same' | null;
}

/** Compares both chats point by point. */
export function checksOf({ then, now }: ReplayComparison): ReplayCheck[] {
	const fields = [...new Set([...Object.keys(then?.lead ?? {}), ...Object.keys(now.lead)])];
	const isDone = (side: ReplaySide | null) => side?.completion_status === 'complete';
	const number = (side: ReplaySide | null, of: (side: ReplaySide) => number) => side && of(side);
	return [
		{
			name: 'Completed',
			then: then ? yesNo(isDone(then)) : '–',
			now: yesNo(isDone(now)),
			verdict: then && compare(Number(isDone(now)), Number(isDone(then))),
		},
		...fields.map((key): ReplayCheck => {
			const [before, today] = [then?.lead[key], now.lead[key]];
			const verdict = compare(Number(today !== undefined), Number(before !== undefined));
			return {
				name: `Field “${key}”`,
				then: before ?? 'Not answered',
				now: today ?? 'Not answered',
				verdict: then && (verdict === 'same' && before !== today ? null : verdict),
			};
		}),
		amount(
			'Failed turns',
			number(then, (side) => side.failures),
			now.failures,
		),
		{
			...amount(
				'AI turns',
				number(then, (side) => side.turns),
				now.turns,
			),
			verdict: null,
		},
		{
			name: 'AI response time',
			then: then ? formatDuration(then.ai_ms) : '–',
			now: formatDuration(now.ai_ms),
			verdict: null,
		},
	];
}

const yesNo = (is: boolean) => (is ? 'Yes' : 'No');
const compare = (now: number, then: number) =>
	now === then ? ('same' as const) : now > then ? ('better' as const) : ('worse' as const);

/** Fewer are better. */
const amount = (name: string, then: number | null, now: number): ReplayCheck => ({
	name,
	then: then === null ? '–' : String(then),
	now: String(now),
	verdict: then === null ? null : compare(then, now),
});

interface Verdict {
	label: string;
	value: string;
	hint?: string;
	delta?: { text: string; direction: 'up' | 'down' | 'same'; isGood: boolean | null };
}

/** Returns what matters about a replay at a glance: fields kept and lost, completion, length and time. */
export function verdictsOf({ then, now }: ReplayComparison): Verdict[] {
	const before = Object.keys(then?.lead ?? {});
	const kept = before.filter((key) => now.lead[key] !== undefined).length;
	const lost = before.length - kept;
	const gained = Object.keys(now.lead).length - kept;
	const isComplete = now.completion_status === 'complete';
	const wasComplete = then?.completion_status === 'complete';
	const length = (side: ReplaySide | null) =>
		side &&
		side.messages
			.filter(({ sender }) => sender === 'ai')
			.reduce((sum, { message }) => sum + message.length, 0);
	const [lengthThen, lengthNow] = [length(then), length(now) ?? 0];
	return [
		{
			label: 'Fields kept',
			value: `${kept} of ${before.length}`,
			...(gained > 0 && { hint: `${gained} new` }),
		},
		{
			label: 'Fields lost',
			value: formatCount(lost),
			...(lost > 0 && { delta: { text: 'worse', direction: 'down' as const, isGood: false } }),
		},
		{
			label: 'Completed',
			value: yesNo(isComplete),
			...(then && { hint: `${yesNo(wasComplete).toLowerCase()} before` }),
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
			...compared('Length of answers', formatCount(lengthNow), lengthNow, lengthThen),
			hint: 'characters',
		},
		compared('AI time', formatDuration(now.ai_ms), now.ai_ms, then && then.ai_ms),
	];
}

/** Neither longer nor shorter is better by itself. */
function compared(label: string, value: string, now: number, then: number | null): Verdict {
	const change = changeOf(now, then || null);
	return { label, value, ...(change && { delta: { ...change, isGood: null } }) };
}
