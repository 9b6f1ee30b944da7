import type { Message } from '#lib/contract/message.ts';
import type { ReplayComparison, ReplaySide } from '#lib/contract/test-chat.ts';
import { formatDuration } from '#lib/client/format/numbers.ts';

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

/** A run of words, and whether the other text has it too. */
export interface Piece {
	text: string;
	isSame: boolean;
}

/** Longer texts are compared as a whole. */
const MAX_WORDS = 600;

/** Splits both texts into shared and differing pieces, by their longest common subsequence of words. */
export function wordDiff(then: string, now: string): [then: Piece[], now: Piece[]] {
	const a = wordsOf(then);
	const b = wordsOf(now);
	if (a.length > MAX_WORDS || b.length > MAX_WORDS) {
		const isSame = then === now;
		return [[{ text: then, isSame }], [{ text: now, isSame }]];
	}
	const lengths = sharedLengths(a, b);
	const at = (i: number, j: number) => lengths[i * (b.length + 1) + j] ?? 0;
	const pieces: [Piece[], Piece[]] = [[], []];
	let [i, j] = [0, 0];
	while (i < a.length || j < b.length) {
		const [one, other] = [a[i], b[j]];
		if (one !== undefined && other !== undefined && one.trim() === other.trim()) {
			add(pieces[0], one, true);
			add(pieces[1], other, true);
			i += 1;
			j += 1;
		} else if (one !== undefined && (other === undefined || at(i + 1, j) >= at(i, j + 1))) {
			add(pieces[0], one, false);
			i += 1;
		} else if (other !== undefined) {
			add(pieces[1], other, false);
			j += 1;
		}
	}
	return pieces;
}

/** Whether at least half of the shorter text is in the other: only then are marked words helpful. */
export function areAlike(then: readonly Piece[], now: readonly Piece[]): boolean {
	const lengthOf = (pieces: readonly Piece[]) =>
		pieces.reduce((sum, { text }) => sum + text.length, 0);
	const same = lengthOf(then.filter(({ isSame }) => isSame));
	return same * 2 >= Math.min(lengthOf(then), lengthOf(now));
}

/** Words, each with the whitespace after it. */
const wordsOf = (text: string) => text.match(/\S+\s*/g) ?? [];

/** Returns the lengths of the longest common subsequences, from each pair of positions on. */
function sharedLengths(a: string[], b: string[]): Uint16Array {
	const width = b.length + 1;
	const lengths = new Uint16Array((a.length + 1) * width);
	for (let i = a.length - 1; i >= 0; i -= 1) {
		for (let j = b.length - 1; j >= 0; j -= 1) {
			const isSame = a[i]?.trim() === b[j]?.trim();
			const below = lengths[(i + 1) * width + j] ?? 0;
			const right = lengths[i * width + j + 1] ?? 0;
			const across = lengths[(i + 1) * width + j + 1] ?? 0;
			lengths[i * width + j] = isSame ? across + 1 : Math.max(below, right);
		}
	}
	return lengths;
}

function add(pieces: Piece[], text: string, isSame: boolean): void {
	const last = pieces.at(-1);
	if (last?.isSame === isSame) last.text += text;
	else pieces.push({ text, isSame });
}
