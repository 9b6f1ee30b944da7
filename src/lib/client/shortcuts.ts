export type Shortcut = 'next' | 'previous' | 'archive' | 'search' | 'help' | 'back';

const KEYS: Record<string, Shortcut> = {
	j: 'next',
	k: 'previous',
	e: 'archive',
	'/': 'search',
	'?': 'help',
	Escape: 'back',
};

interface Pressed {
	key: string;
	ctrlKey: boolean;
	metaKey: boolean;
	altKey: boolean;
	defaultPrevented: boolean;
	isComposing: boolean;
	target: unknown;
}

const WRITING = 'input, textarea, select, [contenteditable="true"]';
const ABOVE = '[role="dialog"], [role="menu"]';

/** What a key asks for; nothing while somebody writes or a menu is open, except the way back. */
export function shortcutOf(event: Pressed): Shortcut | undefined {
	if (event.defaultPrevented || event.isComposing) return undefined;
	if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
	const shortcut = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
	if (isWithin(event.target, ABOVE)) return undefined;
	if (shortcut !== 'back' && isWithin(event.target, WRITING)) return undefined;
	return shortcut;
}

interface Closest {
	closest(selector: string): unknown;
}

const isWithin = (target: unknown, selector: string) =>
	typeof target === 'object' &&
	target !== null &&
	'closest' in target &&
	(target as Closest).closest(selector) !== null;
