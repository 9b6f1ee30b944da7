import type { Message } from '#lib/contract/message.ts';
import type { ReplayComparison, ReplaySide } from '#lib/contract/test-chat.ts';
import { formatDuration } from '#lib/client/numbers.ts';

/** What was said after one message of the visitor, then and now; the first row is what came before any. */
export interface ReplayRow {
	visitor: string | null;
	then: string;
	now: string;
	isThenFallback: boolean;
	isNowFallback: boolean;
	/** Not said again yet. */
	isOpen: boolean;
}

interface Answer {
	visitor: string | null;
	text: string;
	isFallback: boolean;
}

/** Both transcripts in rows, one for each message of the visitor. */
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
	/** How today is against then; null where neither is better. */
	verdict: 'better' | 'worse' | 'same' | null;
}

/** The points that both chats are judged by. */
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
			name: 'Time the AI took',
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
