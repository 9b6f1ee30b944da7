import { readFileSync } from 'node:fs';

/** A fenced block of a document, by what stands behind its first fence, such as `json answer`. */
export interface Snippet {
	kind: string;
	text: string;
}

/** The fenced blocks of a document, in their order. */
export const snippetsOf = (path: string): Snippet[] =>
	[...readFileSync(path, 'utf8').matchAll(/^( *)```([^\n]*)\n(.*?)^\1```$/gms)].map(
		([, indent = '', kind = '', text = '']) => ({
			kind,
			text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
		}),
	);

/** The commands of a shell block: lines that end in a backslash, or within quotation marks, go on. */
export function commandsIn(text: string): string[] {
	const whole = text.replaceAll(/\\\n\s*/g, ' ');
	return [...whole.matchAll(/(?:'[^']*'|"[^"]*"|[^\n'"])+/g)]
		.map(([command]) => command.trim())
		.filter((command) => command !== '' && !command.startsWith('#'));
}

/** Words as a shell would hand them over, with these variables filled in. */
export const wordsOf = (command: string, variables: Record<string, string>): string[] =>
	[...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
		word.replaceAll(
			/'([^']*)'|"([^"]*)"/g,
			(_, plain?: string, filled?: string) =>
				plain ?? (filled ?? '').replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? ''),
		),
	);

/** The request that a curl command makes; throws for options that no snippet of ours uses. */
export function curlRequest(command: string, variables: Record<string, string>): Request {
	const [, ...words] = wordsOf(command, variables);
	const headers = new Headers();
	let [method, url, body] = ['', '', undefined as string | undefined];
	while (words.length > 0) {
		const word = words.shift() ?? '';
		if (word === '-X') method = words.shift() ?? '';
		else if (word === '-d') body = words.shift();
		else if (word === '-H') {
			const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(words.shift() ?? '') ?? [];
			headers.append(name, value);
		} else if (word.startsWith('-')) throw new Error(`curl ${word}: not known here`);
		else url = word;
	}
	return new Request(url, { method: method || (body ? 'POST' : 'GET'), headers, body });
}
