import type { Letter, Part } from './letter.ts';

/** The letter as plain text. */
export const renderText = ({ title, parts }: Letter): string =>
	`${[title, ...parts.map(renderPart)].join('\n\n')}\n\n-- \nSent by Frontdesk\n`;

function renderPart(part: Part): string {
	switch (part.type) {
		case 'text':
		case 'hint':
			return part.text;
		case 'facts':
			return part.rows.map(([label, value]) => `${label}: ${value}`).join('\n');
		case 'quote':
			return part.lines.map(line).join('\n');
		case 'button':
			return `${part.label}:\n${part.url}`;
	}
}

function line({ who, text, is_marked }: { who: string; text: string; is_marked?: boolean }) {
	const mark = is_marked ? ' (the message at fault)' : '';
	return `> ${who}${mark}: ${text.replaceAll('\n', '\n> ')}`;
}
