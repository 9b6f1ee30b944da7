import { createContext, untrack } from 'svelte';

export interface Shortcut {
	/** The name that pages register handlers under. */
	id: string;
	/** One key, or two in sequence, as shown in the help sheet. */
	keys: readonly string[];
	/** What it does, for the help sheet. */
	does: string;
	/** The page it works on, or `Everywhere`. */
	where: string;
	/** The page it opens. */
	href?: string;
	/** Only listed in the help sheet: the focused field or list handles it. */
	isListedOnly?: boolean;
	/** The command menu offers it too, where the page handles it. */
	isCommand?: boolean;
}

/** All keyboard shortcuts. Pages register their handlers with `Keys`. */
export const SHORTCUTS = [
	{
		id: 'help',
		keys: ['?'],
		does: 'Show keyboard shortcuts',
		where: 'Everywhere',
		isCommand: true,
	},
	{
		id: 'palette',
		keys: ['Ctrl', 'K'],
		does: 'Open command menu',
		where: 'Everywhere',
		isListedOnly: true,
	},
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
	{
		id: 'rail',
		keys: ['['],
		does: 'Collapse or expand the navigation',
		where: 'Everywhere',
		isCommand: true,
	},
	{ id: 'next', keys: ['j'], does: 'Next chat', where: 'Inbox' },
	{ id: 'previous', keys: ['k'], does: 'Previous chat', where: 'Inbox' },
	{
		id: 'enter',
		keys: ['Enter'],
		does: 'Move focus into the chat',
		where: 'Inbox',
		isListedOnly: true,
	},
	{ id: 'back', keys: ['Escape'], does: 'Back to the list, or clear selection', where: 'Inbox' },
	{ id: 'select', keys: ['x'], does: 'Select or deselect', where: 'Inbox' },
	{ id: 'archive', keys: ['e'], does: 'Archive or restore', where: 'Inbox' },
	{ id: 'search', keys: ['/'], does: 'Search', where: 'Inbox' },
	{ id: 'chat.take-over', keys: ['t'], does: 'Take over', where: 'Chat', isCommand: true },
	{ id: 'chat.reply', keys: ['r'], does: 'Write to the visitor', where: 'Chat', isCommand: true },
	{
		id: 'chat.hand-back',
		keys: ['h'],
		does: 'Hand back to the AI',
		where: 'Chat',
		isCommand: true,
	},
	{ id: 'chat.note', keys: ['n'], does: 'Add note', where: 'Chat', isCommand: true },
	{ id: 'chat.assign', keys: ['a'], does: 'Assign', where: 'Chat', isCommand: true },
	{ id: 'chat.lead', keys: ['l'], does: 'Open the lead', where: 'Chat', isCommand: true },
	{
		id: 'lead.contacted',
		keys: ['c'],
		does: 'Mark as contacted',
		where: 'Lead',
		isCommand: true,
	},
	{ id: 'lead.chat', keys: ['o'], does: 'Open the chat', where: 'Lead', isCommand: true },
	{ id: 'review.pass', keys: ['p'], does: 'Mark as passed', where: 'Review' },
	{ id: 'review.issue', keys: ['i'], does: 'Raise an issue', where: 'Review' },
	{ id: 'review.fix', keys: ['f'], does: 'Mark as fixed', where: 'Review' },
	{ id: 'review.next', keys: ['n'], does: 'Next chat (also j; k goes back)', where: 'Review' },
	{ id: 'send', keys: ['Enter'], does: 'Send message', where: 'Chat', isListedOnly: true },
	{
		id: 'newline',
		keys: ['Shift', 'Enter'],
		does: 'New line',
		where: 'Chat',
		isListedOnly: true,
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

/** Returns the shortcuts for a key after the one before it, of all pages; while typing or in a menu, only `back`. */
export function shortcutsOf(event: Pressed, before?: string): ShortcutId[] {
	if (!isForShortcuts(event)) return [];
	const matches = ({ keys, ...shortcut }: Shortcut) =>
		!shortcut.isListedOnly &&
		(before === undefined
			? keys.length === 1 && keys[0] === event.key
			: keys.length === 2 && keys[0] === before && keys[1] === event.key);
	const isWriting = isWithin(event.target, WRITING);
	return SHORTCUTS.filter((one) => matches(one) && (one.id === 'back' || !isWriting)).map(
		({ id }) => id,
	);
}

/** Whether a key may start a two-key shortcut. */
export function startsShortcut(event: Pressed): boolean {
	if (!isForShortcuts(event) || isWithin(event.target, WRITING)) return false;
	return SHORTCUTS.some(
		(shortcut: Shortcut) =>
			!shortcut.isListedOnly && shortcut.keys.length === 2 && shortcut.keys[0] === event.key,
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

/** The second key must follow the first within this time. */
const PAUSE_MS = 1_500;

/** Returning false leaves the key to the browser. */
type Handler = () => void | false;
type Handlers = Partial<Record<ShortcutId, Handler>>;

/** Dispatches shortcuts to the handler registered last. */
export class Keys {
	#handlers = $state.raw<readonly Handlers[]>([]);
	#first: string | undefined;
	#forget: ReturnType<typeof setTimeout> | undefined;

	/** The shortcuts of the command menu that the page handles now. */
	readonly commands = $derived(
		SHORTCUTS.filter((one: Shortcut) => one.isCommand).filter(({ id }) => this.#handlerOf(id)),
	);

	/** Registers handlers until the returned function is called; may be the result of an effect. */
	on(handlers: Handlers): () => void {
		untrack(() => (this.#handlers = [handlers, ...this.#handlers]));
		return () => {
			this.#handlers = this.#handlers.filter((one) => one !== handlers);
		};
	}

	/** Does what a shortcut does. */
	run(id: ShortcutId): void {
		this.#handlerOf(id)?.();
	}

	#handlerOf(id: ShortcutId): Handler | undefined {
		return this.#handlers.find((handlers) => handlers[id])?.[id];
	}

	press(event: KeyboardEvent): void {
		const first = this.#first;
		this.#setFirst(undefined);
		const second = first ? shortcutsOf(event, first) : [];
		const ids = second.length > 0 ? second : shortcutsOf(event);
		const handler = ids.map((id) => this.#handlerOf(id)).find((one) => one !== undefined);
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
