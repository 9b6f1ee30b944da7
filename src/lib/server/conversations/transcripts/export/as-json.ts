import type { Gathered } from './gather.ts';
import { leadLines } from './lead-lines.ts';

/** A chat session as one JSON object in the API's shapes; `answers` has every question by its label. */
export async function* asJson({ messages, questions, ...gathered }: Gathered) {
	const answers = Object.fromEntries(leadLines(gathered.lead, questions));
	const head = JSON.stringify({ ...gathered, answers });
	yield `${head.slice(0, -1)},"messages":[`;
	let comma = '';
	for await (const message of messages()) {
		yield comma + JSON.stringify(message);
		comma = ',';
	}
	yield ']}\n';
}
