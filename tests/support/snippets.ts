import { readFileSync } from 'node:fs';

/** A fenced block of a document. `kind` is the text after the opening fence, such as `json answer`. */
export interface Snippet {
	kind: string;
	text: string;
}

/** Returns the fenced blocks of a document, in order. */
export const readSnippets = (path: string): Snippet[] =>
	[...readFileSync(path, 'utf8').matchAll(/^( *)```([^\n]*)\n(.*?)^\1```$/gms)].map(
		([, indent = '', kind = '', text = '']) => ({
			kind,
			text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
		}),
	);

/** Returns the commands of a shell block. A command continues after a backslash and inside quotation marks. */
export function splitCommands(text: string): string[] {
	const whole = text.replaceAll(/\\\n\s*/g, ' ');
	return [...whole.matchAll(/(?:'[^']*'|"[^"]*"|[^\n'"])+/g)]
		.map(([command]) => command.trim())
		.filter((command) => command !== '' && !command.startsWith('#'));
}

/** Splits a command into words like a shell, with these variables expanded. */
export const splitCommand = (command: string, variables: Record<string, string>): string[] =>
	[...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
		word.replaceAll(
			/'([^']*)'|"([^"]*)"/g,
			(_, plain?: string, filled?: string) =>
				plain ?? (filled ?? '').replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? ''),
		),
	);

/** Returns the request that a curl command sends. Throws for options that no document uses. */
export function parseCurl(command: string, variables: Record<string, string>): Request {
	const [, ...words] = splitCommand(command, variables);
	const headers = new Headers();
	let [method, url, body] = ['', '', undefined as string | undefined];
	while (words.length > 0) {
		const word = words.shift() ?? '';
		if (word === '-X') method = words.shift() ?? '';
		else if (word === '-d') body = words.shift();
		else if (word === '-H') {
			const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(words.shift() ?? '') ?? [];
			headers.append(name, value);
		} else if (word.startsWith('-')) throw new Error(`unsupported curl option: ${word}`);
		else url = word;
	}
	return new Request(url, { method: method || (body ? 'POST' : 'GET'), headers, body });
}
