import type { Message } from '#lib/contract/message.ts';

export interface Exchange {
	/** Null for what was said before the visitor's first message, such as the greeting. */
	visitor: Message | null;
	answers: Message[];
}

/** Groups a transcript into the greeting and each visitor message with the messages that answer it. */
export function groupExchanges(messages: readonly Message[]): Exchange[] {
	let latest: Exchange = { visitor: null, answers: [] };
	const exchanges = [latest];
	for (const message of messages) {
		if (message.sender !== 'visitor') latest.answers.push(message);
		else exchanges.push((latest = { visitor: message, answers: [] }));
	}
	return exchanges;
}
