import { getInitials } from '#lib/contract/initials.ts';
import { config } from '../boot.ts';
import { createElement, getElement } from '../dom.ts';

/** The assistant's logo, initials or symbol, as rendered by the server in the header. */
const assistantAvatar = [...getElement('face', HTMLElement).childNodes];

/** Teammates' photos by name. */
export const photos = new Map<string, string>();

/** Returns the content of a teammate's avatar, or of the assistant's if `name` is null. */
export const getAvatarContent = (name: string | null): (Node | string)[] =>
	name === null
		? assistantAvatar.map((node) => node.cloneNode(true))
		: [createPhoto(name) ?? (getInitials(name) || '·')];

/** Returns a teammate's photo, if known. Initials replace it if it can't be loaded, for example because it was removed. */
function createPhoto(name: string): HTMLImageElement | undefined {
	const src = photos.get(name);
	if (src === undefined) return undefined;
	const onerror = () => photo.replaceWith(getInitials(name));
	const photo = Object.assign(new Image(), { onerror, src, alt: '' });
	return photo;
}

/** Creates the avatar and name above a run of messages. Hidden from screen readers, because each message names its author. */
export function createAuthorLine(name: string | null): HTMLElement {
	const label = createElement('span', '', name ?? config.assistant.name);
	label.dir = 'auto';
	const avatar = createElement('span', 'avatar', ...getAvatarContent(name));
	const line = createElement('div', name === null ? 'author' : 'author person', avatar, label);
	line.ariaHidden = 'true';
	return line;
}
