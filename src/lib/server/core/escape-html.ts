const ENTITIES: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** Escapes text for the content of an element or a quoted attribute. */
export const escapeHtml = (text: string) =>
	text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
