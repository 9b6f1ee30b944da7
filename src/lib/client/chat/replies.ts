import type { ReplyDelta } from '#lib/contract/live.ts';

/** An answer of the AI while it is written. */
export interface Reply {
	reply_id: string;
	text: string;
	/** The piece that comes next. */
	next_seq: number;
}

/** The reply with one more piece; `gap` when a piece before it is missing, unchanged when it was there before. */
export function withDelta(reply: Reply | undefined, delta: ReplyDelta): Reply | 'gap' {
	const known =
		reply?.reply_id === delta.reply_id
			? reply
			: { reply_id: delta.reply_id, text: '', next_seq: 0 };
	if (delta.seq > known.next_seq) return 'gap';
	if (delta.seq < known.next_seq) return known;
	return { ...known, text: known.text + delta.text, next_seq: delta.seq + 1 };
}
