import { initials } from '#lib/contract/text.ts';
import { element } from '../dom.ts';

/** Returns a teammate's initials in a circle, hidden from screen readers because the name is next to it. */
export function avatar(name: string): HTMLElement {
	const disc = element('span', 'avatar', initials(name) || '·');
	disc.ariaHidden = 'true';
	return disc;
}
