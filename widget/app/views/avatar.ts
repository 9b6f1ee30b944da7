import { initials } from '#lib/contract/initials.ts';
import { element } from '../dom.ts';

/** A person of the team as a disc with initials; the name stands beside it. */
export function avatar(name: string): HTMLElement {
	const disc = element('span', 'avatar', initials(name) || '·');
	disc.ariaHidden = 'true';
	return disc;
}
