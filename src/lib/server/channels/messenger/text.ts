/** Removes Markdown syntax, which Messenger would show literally; keeps words, lists and links. */
export function plainText(markdown: string): string {
	return markdown
		.replace(/^```[^\n]*$/gm, '')
		.replace(/^#{1,6} +/gm, '')
		.replace(/^ {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$\n?/gm, '')
		.replace(/^\|[-:| ]+\|?[ \t]*$\n?/gm, '')
		.replace(/^\|(.+?)\|?[ \t]*$/gm, (_, row: string) =>
			row
				.split('|')
				.map((cell) => cell.trim())
				.join(' · '),
		)
		.replace(/~~(?=\S)([^~\n]{1,1000})~~/g, '$1')
		.replace(/^> ?/gm, '')
		.replace(/^(\s*)[*+-] +/gm, '$1• ')
		.replace(
			/!?\[([^\]\n]{1,500})\]\((https?:[^\s)]{1,2000})\)/g,
			(_, label: string, url: string) => (label === url ? url : `${label} (${url})`),
		)
		.replace(/(\*\*|__)(?=\S)([^\n]{1,2000}?\S)\1/g, '$2')
		.replace(/(?<![\w*])\*(?=[^\s*])([^*\n]{1,1000})\*(?![\w*])/g, '$1')
		.replace(/`([^`\n]{1,1000})`/g, '$1')
		.trim();
}

export const MAX_PART_LENGTH = 2000;

/** Splits a text into parts that Messenger accepts: after a paragraph or sentence if possible, else at a space. */
export function split(text: string, most = MAX_PART_LENGTH): string[] {
	const parts: string[] = [];
	let rest = text.trim();
	while (rest.length > most) {
		const at = cutAt(rest.slice(0, most + 1), most);
		parts.push(rest.slice(0, at).trimEnd());
		rest = rest.slice(at).trimStart();
	}
	return rest === '' ? parts : [...parts, rest];
}

function cutAt(head: string, most: number): number {
	const least = most / 2;
	for (const end of [/\n\n/g, /[.!?…。！？]["')\]]?\s/g, /\s/g]) {
		const last = [...head.matchAll(end)].at(-1);
		const at = last && last.index + last[0].trimEnd().length;
		if (at !== undefined && at > least) return at;
	}
	// Never inside a surrogate pair.
	const code = head.charCodeAt(most - 1);
	return code >= 0xd800 && code < 0xdc00 ? most - 1 : most;
}
