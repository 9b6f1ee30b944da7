import { element } from '../dom';

/** The first letters of the first and the last word of a name. */
export function initials(name: string): string {
	const words = name.split(/\s+/).filter(Boolean);
	return [words[0], words.length > 1 ? words[words.length - 1] : undefined]
		.map((word) => [...(word ?? '')][0] ?? '')
		.join('')
		.toUpperCase();
}

/** A person of the team as a disc with initials; the name stands beside it. */
export function avatar(name: string): HTMLElement {
	const disc = element('span', 'avatar', initials(name) || '·');
	disc.ariaHidden = 'true';
	return disc;
}
