import { ConnectorError } from '#lib/server/ai/connectors/connector.ts';
import { AnswerReader } from '#lib/server/ai/connectors/n8n/answer-reader.ts';
import { Answer } from '#lib/server/ai/connectors/reply/answer.ts';

/** Reads an answer that arrives in these chunks. Returns its text, or the outcome of its failure in parentheses. */
export function readAnswer(
	chunks: string[],
	{ type = 'application/json', visitorMessage = '' } = {},
): string {
	const answer = new Answer();
	try {
		const reader = new AnswerReader(answer, type, visitorMessage);
		for (const chunk of chunks) reader.push(chunk);
		reader.end();
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		return `(${error.outcome})`;
	}
	return answer.text;
}

export const readJsonAnswer = (value: unknown, visitorMessage?: string): string =>
	readAnswer([JSON.stringify(value)], { visitorMessage });
