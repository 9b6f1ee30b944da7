import { csvHead, csvLine } from '#lib/csv.ts';
import { conversationOf, type Gathered } from './gather.ts';
import { leadLines } from './lead-lines.ts';
import { COMPLETION, QA, sourceLines, speakerOf } from './words.ts';

/** A chat session as CSV: a line a fact or message, told apart by `part`; times are ISO 8601 in UTC. */
export async function* asCsv(gathered: Gathered) {
	const { session, lead, questions, reviews } = gathered;
	const line = (part: string, time: string, who: string, field: string, text: string) =>
		csvLine([session.session_id, part, time, who, field, text]);
	yield csvHead(['session_id', 'part', 'time', 'who', 'field', 'text']);
	yield line('session', session.created_at, '', 'Started', '');
	const completion = COMPLETION[session.completion_status];
	yield line('session', session.completed_at ?? '', '', 'Completion', completion);
	yield line('session', '', '', 'Review', QA[session.qa_status]);
	for (const [label, value] of sourceLines(session)) yield line('source', '', '', label, value);
	for (const [label, value] of leadLines(lead, questions)) yield line('lead', '', '', label, value);
	for (const review of reviews) {
		const { created_at, reviewer, qa_status, notes, developer_feedback } = review;
		yield line('review', created_at, reviewer, 'State', QA[qa_status]);
		if (notes) yield line('review', created_at, reviewer, 'Notes', notes);
		if (developer_feedback) {
			yield line('review', created_at, reviewer, 'Developer feedback', developer_feedback);
		}
	}
	for await (const item of conversationOf(gathered)) {
		if ('note' in item) {
			yield line('note', item.note.created_at, item.note.author.name, '', item.note.note);
			continue;
		}
		const { message } = item;
		const who = speakerOf(message, session);
		yield line('message', message.timestamp, who, message.sender, message.message);
	}
}
