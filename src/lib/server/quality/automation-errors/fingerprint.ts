import { sha256 } from '#lib/server/core/secrets.ts';

/** Parts of a message that vary between failures with the same cause, the widest first. */
const VARIABLE_PARTS: [RegExp, string][] = [
	[/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]]+/gi, '<url>'],
	[/[^\s@"'<>(),:;]+@[^\s@"'<>(),:;]+\.[a-z0-9-]+/gi, '<email>'],
	[/(?<!\w)(["'`])(?:(?!\1)[^\n])*\1(?!\w)|[“«][^”»\n]*[”»]|(?<!\w)‘[^’\n]*’(?!\w)/g, '<text>'],
	[/\bsession_[A-Za-z0-9_-]+/g, '<session>'],
	[/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<uuid>'],
	[/\b(?:0x[0-9a-f]+|(?=[a-f]*[0-9])[0-9a-f]{8,})\b/gi, '<hex>'],
	[/\d+(?:[.,:]\d+)*/g, '<number>'],
	[/\s+/g, ' '],
];

/** Returns the message with placeholders for its variable parts, the same for all failures with one cause. */
export const messageTemplateOf = (message: string): string =>
	VARIABLE_PARTS.reduce((text, [part, name]) => text.replace(part, name), message).trim();

/** Returns a hash that failures share when they have the same workflow, node and cause. */
export const fingerprintOf = (failure: {
	workflow: string;
	node: string | null;
	message: string;
}): string =>
	sha256(JSON.stringify([failure.workflow, failure.node, messageTemplateOf(failure.message)]));
