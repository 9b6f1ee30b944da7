/** Messenger shows Markdown's signs as they are: takes them away, keeps words, lists and addresses. */
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
