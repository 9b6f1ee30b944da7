import type { Asked } from './progress.ts';
import type { Item, Kind, Known } from './script.ts';
import type { Segment } from './segments.ts';

/** What a visitor's words say, seen from the question they answer. */
export interface Heard {
	/** Values by question key and core field. */
	fields: Known;
	/** What the words ask, if they ask something. */
	question: 'who' | 'why' | 'other' | undefined;
	isSkip: boolean;
	isGreeting: boolean;
	/** "Yes" to a question that wants more than that. */
	isYes: boolean;
	/** An answer was tried, but it is none: a number too short, an option that is not there. */
	isAttempt: boolean;
}

/** What words are heard against. */
export interface Listening {
	script: Item[];
	known: Known;
	asked: Asked;
	/** The question is asked for the second time: unusual answers are taken as they are. */
	isRetry: boolean;
}

/** A segment of the message, with its contacts and without, and whether its words are used up. */
export interface Part extends Segment {
	masked: string;
	isUsed: boolean;
}

export const itemOf = (asked: Asked): Item | undefined =>
	typeof asked === 'object' ? asked : undefined;

/** Notes a value for the question it answers, and in the lead's own field when that is the visitor's. */
export function note(kind: Kind, value: string, { script, asked }: Listening, heard: Heard): void {
	const own = script.find(({ core }) => core === kind);
	const item = itemOf(asked)?.kind === kind ? itemOf(asked) : own;
	if (item) heard.fields[item.key] = value;
	if (!item || item === own) heard.fields[kind] = value;
}

/** What is said rather than asked. */
export const statement = (parts: Part[]) =>
	parts
		.filter((part) => !part.isQuestion)
		.map((part) => part.text)
		.join(', ');
