/** One thing that a letter says. */
export type Part =
	| { type: 'text'; text: string }
	| { type: 'facts'; rows: [label: string, value: string][] }
	| { type: 'quote'; lines: { who: string; text: string; is_marked?: boolean }[] }
	| { type: 'button'; label: string; url: string }
	| { type: 'hint'; text: string };

/** What a mail says, before it becomes HTML and plain text. */
export interface Letter {
	subject: string;
	title: string;
	parts: Part[];
}

/** Stands for a one-time link in a letter: the link itself is kept sealed, and put in when the mail leaves. */
export const ONE_TIME_LINK = 'https://one-time-link.invalid/';
