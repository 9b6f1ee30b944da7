const ENTITIES: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** Text for the content of an element or an attribute in quotes. */
export const escapeHtml = (text: string) =>
	text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
