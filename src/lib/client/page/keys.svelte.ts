import { createContext } from 'svelte';

export interface Shortcut {
	/** What calls for it, in words of the handlers that pages give. */
	id: string;
	/** One key, or two that follow each other; the help sheet shows them as they are. */
	keys: readonly string[];
	/** What it does, for the help sheet. */
	does: string;
	/** The page that it belongs to; `Everywhere` holds on all of them. */
	where: string;
	/** The page that it goes to. */
	href?: string;
	/** Only shown in the help sheet: the field or list that has the focus does it by itself. */
	isTold?: boolean;
}

/** Every key of every page. A page that has some adds them here, and hands its handlers to `Keys`. */
export const SHORTCUTS = [
	{ id: 'help', keys: ['?'], does: 'All keys', where: 'Everywhere' },
	{ id: 'palette', keys: ['Ctrl', 'K'], does: 'Commands', where: 'Everywhere', isTold: true },
	{ id: 'go.overview', keys: ['g', 'o'], does: 'Go to overview', where: 'Everywhere', href: '/' },
	{ id: 'go.inbox', keys: ['g', 'i'], does: 'Go to inbox', where: 'Everywhere', href: '/inbox' },
	{ id: 'go.review', keys: ['g', 'r'], does: 'Go to review', where: 'Everywhere', href: '/review' },
	{ id: 'go.leads', keys: ['g', 'l'], does: 'Go to leads', where: 'Everywhere', href: '/leads' },
	{
		id: 'go.analytics',
		keys: ['g', 'a'],
		does: 'Go to analytics',
		where: 'Everywhere',
		href: '/analytics',
	},
	{
		id: 'go.automation',
		keys: ['g', 'u'],
		does: 'Go to automation',
		where: 'Everywhere',
		href: '/automation',
	},
	{ id: 'go.test', keys: ['g', 't'], does: 'Go to test AI', where: 'Everywhere', href: '/test-ai' },
	{
		id: 'go.settings',
		keys: ['g', 's'],
		does: 'Go to settings',
		where: 'Everywhere',
		href: '/settings',
	},
	{ id: 'next', keys: ['j'], does: 'Next chat', where: 'Inbox' },
	{ id: 'previous', keys: ['k'], does: 'Previous chat', where: 'Inbox' },
	{
		id: 'enter',
		keys: ['Enter'],
		does: 'From the list into the chat',
		where: 'Inbox',
		isTold: true,
	},
	{ id: 'back', keys: ['Escape'], does: 'Back to the list, or select none', where: 'Inbox' },
	{ id: 'select', keys: ['x'], does: 'Select, or take out of the selection', where: 'Inbox' },
	{ id: 'archive', keys: ['e'], does: 'Archive or restore', where: 'Inbox' },
	{ id: 'search', keys: ['/'], does: 'Search', where: 'Inbox' },
	{ id: 'review.pass', keys: ['p'], does: 'Pass', where: 'Review' },
	{ id: 'review.issue', keys: ['i'], does: 'Raise an issue', where: 'Review' },
	{ id: 'review.fix', keys: ['f'], does: 'Mark as fixed', where: 'Review' },
	{ id: 'review.next', keys: ['n'], does: 'Next chat (j too; k goes back)', where: 'Review' },
	{ id: 'send', keys: ['Enter'], does: 'Send the message', where: 'Chat', isTold: true },
	{
		id: 'newline',
		keys: ['Shift', 'Enter'],
		does: 'New line in a message',
		where: 'Chat',
		isTold: true,
	},
] as const satisfies readonly Shortcut[];

export type ShortcutId = (typeof SHORTCUTS)[number]['id'];

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

/** What a key asks for, after the key before it; nothing while somebody writes or a menu is open, but the way back. */
export function shortcutOf(event: Pressed, before?: string): ShortcutId | undefined {
	if (!isForShortcuts(event)) return undefined;
	const isWanted = ({ keys, ...shortcut }: Shortcut) =>
		!shortcut.isTold &&
		(before === undefined
			? keys.length === 1 && keys[0] === event.key
			: keys.length === 2 && keys[0] === before && keys[1] === event.key);
	const id = SHORTCUTS.find(isWanted)?.id;
	if (id !== 'back' && isWithin(event.target, WRITING)) return undefined;
	return id;
}

/** Whether a key may begin a shortcut of two. */
export function startsShortcut(event: Pressed): boolean {
	if (!isForShortcuts(event) || isWithin(event.target, WRITING)) return false;
	return SHORTCUTS.some(
		(shortcut: Shortcut) =>
			!shortcut.isTold && shortcut.keys.length === 2 && shortcut.keys[0] === event.key,
	);
}

function isForShortcuts(event: Pressed): boolean {
	if (event.defaultPrevented || event.isComposing) return false;
	if (event.ctrlKey || event.metaKey || event.altKey) return false;
	return !isWithin(event.target, ABOVE);
}

interface Closest {
	closest(selector: string): unknown;
}

const isWithin = (target: unknown, selector: string) =>
	typeof target === 'object' &&
	target !== null &&
	'closest' in target &&
	(target as Closest).closest(selector) !== null;

/** The second key of a shortcut follows the first within this. */
const PAUSE_MS = 1_500;

/** False: not meant here, and the key keeps what it means to the browser. */
type Handler = () => void | false;
type Handlers = Partial<Record<ShortcutId, Handler>>;

/** Hands every shortcut to the page that answers it: the one that came last, if several do. */
export class Keys {
	#handlers: Handlers[] = [];
	#first: string | undefined;
	#forget: ReturnType<typeof setTimeout> | undefined;

	/** Answers shortcuts until the returned function is called. */
	on(handlers: Handlers): () => void {
		this.#handlers = [handlers, ...this.#handlers];
		return () => {
			this.#handlers = this.#handlers.filter((one) => one !== handlers);
		};
	}

	press(event: KeyboardEvent): void {
		const first = this.#first;
		this.#setFirst(undefined);
		const id = (first && shortcutOf(event, first)) || shortcutOf(event);
		const handler = id && this.#handlers.find((handlers) => handlers[id])?.[id];
		if (handler) {
			if (handler() !== false) event.preventDefault();
		} else if (startsShortcut(event)) this.#setFirst(event.key);
	}

	#setFirst(key: string | undefined): void {
		clearTimeout(this.#forget);
		this.#first = key;
		if (key) this.#forget = setTimeout(() => (this.#first = undefined), PAUSE_MS);
	}
}

export const [getKeys, setKeys] = createContext<Keys>();
