import { initials } from '#lib/contract/initials.ts';
import { config } from '../boot.ts';
import { element, find } from '../dom.ts';

/** The assistant's logo, initials or symbol, as the server has put it into the header. */
const face = [...find('face', HTMLElement).childNodes];

/** Photos of teammates, by name. */
export const photos = new Map<string, string>();

/** Returns what stands for a teammate, or for the assistant if `name` is null. */
export const faceOf = (name: string | null): (Node | string)[] =>
	name === null
		? face.map((node) => node.cloneNode(true))
		: [photoOf(name) ?? (initials(name) || '·')];

function photoOf(name: string): HTMLImageElement | undefined {
	const src = photos.get(name);
	return src === undefined ? undefined : Object.assign(new Image(), { src, alt: '' });
}

/** Returns the line above a run of messages: face and name. Each message also names its author for screen readers. */
export function authorLine(name: string | null): HTMLElement {
	const label = element('span', '', name ?? config.assistant.name);
	label.dir = 'auto';
	const avatar = element('span', 'avatar', ...faceOf(name));
	const line = element('div', name === null ? 'author' : 'author person', avatar, label);
	line.ariaHidden = 'true';
	return line;
}
