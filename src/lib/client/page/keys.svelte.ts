import { isComposing } from '#lib/is-composing.ts';
import { createContext, untrack } from 'svelte';

export interface Shortcut {
	/** The name that pages register handlers under. */
	id: string;
	/** One key, or two in sequence, as shown in the help sheet. */
	keys: readonly string[];
	/** Shown in the help sheet and the command menu. */
	description: string;
	/** The page it works on, or `Everywhere`. */
	where: string;
	/** The page it opens. */
	href?: string;
	/** Listed in the help sheet only, since the focused field or list handles it. */
	isListedOnly?: boolean;
	/** Also listed in the command menu while the page handles it. */
	isCommand?: boolean;
}

/** All keyboard shortcuts. Pages register their handlers with `Keys`. */
export const SHORTCUTS = [
	{
		id: 'help',
		keys: ['?'],
		description: 'Show keyboard shortcuts',
		where: 'Everywhere',
		isCommand: true,
	},
	{
		id: 'palette',
		keys: ['Ctrl', 'K'],
		description: 'Open command menu',
		where: 'Everywhere',
		isListedOnly: true,
	},
	{
		id: 'go.overview',
		keys: ['g', 'o'],
		description: 'Go to overview',
		where: 'Everywhere',
		href: '/',
	},
	{
		id: 'go.inbox',
		keys: ['g', 'i'],
		description: 'Go to inbox',
		where: 'Everywhere',
		href: '/inbox',
	},
	{
		id: 'go.review',
		keys: ['g', 'r'],
		description: 'Go to review',
		where: 'Everywhere',
		href: '/review',
	},
	{
		id: 'go.leads',
		keys: ['g', 'l'],
		description: 'Go to leads',
		where: 'Everywhere',
		href: '/leads',
	},
	{
		id: 'go.analytics',
		keys: ['g', 'a'],
		description: 'Go to analytics',
		where: 'Everywhere',
		href: '/analytics',
	},
	{
		id: 'go.automation',
		keys: ['g', 'u'],
		description: 'Go to automation',
		where: 'Everywhere',
		href: '/automation',
	},
	{
		id: 'go.playground',
		keys: ['g', 't'],
		description: 'Go to playground',
		where: 'Everywhere',
		href: '/playground',
	},
	{
		id: 'go.settings',
		keys: ['g', 's'],
		description: 'Go to settings',
		where: 'Everywhere',
		href: '/settings',
	},
	{
		id: 'rail',
		keys: ['['],
		description: 'Collapse or expand the navigation',
		where: 'Everywhere',
		isCommand: true,
	},
	{ id: 'next', keys: ['j'], description: 'Next chat', where: 'Inbox' },
	{ id: 'previous', keys: ['k'], description: 'Previous chat', where: 'Inbox' },
	{
		id: 'enter',
		keys: ['Enter'],
		description: 'Move focus into the chat',
		where: 'Inbox',
		isListedOnly: true,
	},
	{
		id: 'back',
		keys: ['Escape'],
		description: 'Back to inbox, or clear selection',
		where: 'Inbox',
	},
	{ id: 'select', keys: ['x'], description: 'Select or deselect', where: 'Inbox' },
	{ id: 'archive', keys: ['e'], description: 'Archive or restore', where: 'Inbox' },
	{ id: 'search', keys: ['/'], description: 'Search', where: 'Inbox' },
	{ id: 'chat.take-over', keys: ['t'], description: 'Take over', where: 'Chat', isCommand: true },
	{
		id: 'chat.reply',
		keys: ['r'],
		description: 'Write to the visitor',
		where: 'Chat',
		isCommand: true,
	},
	{
		id: 'chat.hand-back',
		keys: ['h'],
		description: 'Hand back to the AI',
		where: 'Chat',
		isCommand: true,
	},
	{ id: 'chat.note', keys: ['n'], description: 'Add note', where: 'Chat', isCommand: true },
	{ id: 'chat.assign', keys: ['a'], description: 'Assign', where: 'Chat', isCommand: true },
	{ id: 'chat.lead', keys: ['l'], description: 'Open the lead', where: 'Chat', isCommand: true },
	{
		id: 'lead.contacted',
		keys: ['c'],
		description: 'Mark as contacted',
		where: 'Lead',
		isCommand: true,
	},
	{ id: 'lead.chat', keys: ['o'], description: 'Open the chat', where: 'Lead', isCommand: true },
	{ id: 'review.pass', keys: ['p'], description: 'Mark as passed', where: 'Review' },
	{ id: 'review.issue', keys: ['i'], description: 'Raise an issue', where: 'Review' },
	{ id: 'review.fix', keys: ['f'], description: 'Mark as fixed', where: 'Review' },
	{
		id: 'review.next',
		keys: ['n'],
		description: 'Next chat (or j; k for the previous one)',
		where: 'Review',
	},
	{
		id: 'playground.start',
		keys: ['s'],
		description: 'Start or restart the chat',
		where: 'Playground',
		isCommand: true,
	},
	{ id: 'send', keys: ['Enter'], description: 'Send message', where: 'Chat', isListedOnly: true },
	{
		id: 'newline',
		keys: ['Shift', 'Enter'],
		description: 'New line',
		where: 'Chat',
		isListedOnly: true,
	},
] as const satisfies readonly Shortcut[];

type ShortcutId = (typeof SHORTCUTS)[number]['id'];

interface KeyPress {
	key: string;
	ctrlKey: boolean;
	metaKey: boolean;
	altKey: boolean;
	defaultPrevented: boolean;
	isComposing: boolean;
	keyCode: number;
	target: unknown;
}

const TEXT_FIELDS = 'input, textarea, select, [contenteditable="true"]';
const OVERLAYS = '[role="dialog"], [role="menu"]';

/** Returns the ids of the shortcuts that a key triggers after `previousKey`, on any page. In text fields, only `back` works. */
export function matchShortcuts(event: KeyPress, previousKey?: string): ShortcutId[] {
	if (!canTriggerShortcut(event)) return [];
	const matches = ({ keys, ...shortcut }: Shortcut) =>
		!shortcut.isListedOnly &&
		(previousKey === undefined
			? keys.length === 1 && keys[0] === event.key
			: keys.length === 2 && keys[0] === previousKey && keys[1] === event.key);
	const isTyping = isWithin(event.target, TEXT_FIELDS);
	return SHORTCUTS.filter(
		(shortcut) => matches(shortcut) && (shortcut.id === 'back' || !isTyping),
	).map(({ id }) => id);
}

/** Returns whether a key may start a two-key shortcut. */
export function startsShortcut(event: KeyPress): boolean {
	if (!canTriggerShortcut(event) || isWithin(event.target, TEXT_FIELDS)) return false;
	return SHORTCUTS.some(
		(shortcut: Shortcut) =>
			!shortcut.isListedOnly && shortcut.keys.length === 2 && shortcut.keys[0] === event.key,
	);
}

function canTriggerShortcut(event: KeyPress): boolean {
	if (event.defaultPrevented || isComposing(event)) return false;
	if (event.ctrlKey || event.metaKey || event.altKey) return false;
	return !isWithin(event.target, OVERLAYS);
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
const SEQUENCE_TIMEOUT_MS = 1_500;

/** Returns false to leave the key to the browser. */
type Handler = () => void | false;
type Handlers = Partial<Record<ShortcutId, Handler>>;

/** Returns the handlers of the shortcuts that open a page. */
export const createPageShortcuts = (open: (href: string) => void): Handlers =>
	Object.fromEntries(
		SHORTCUTS.flatMap(({ id, href }: Shortcut) => (href ? [[id, () => open(href)]] : [])),
	);

/** Dispatches shortcuts to the most recently registered handler. */
export class Keys {
	/** Whether the help sheet, which lists all shortcuts, is open. */
	isHelpOpen = $state(false);
	#handlers = $state.raw<readonly Handlers[]>([]);
	#pendingKey: string | undefined;
	#sequenceTimer: ReturnType<typeof setTimeout> | undefined;

	/** The command menu's shortcuts that the page handles now. */
	readonly commands = $derived(
		SHORTCUTS.filter((shortcut: Shortcut) => shortcut.isCommand).filter(({ id }) =>
			this.#findHandler(id),
		),
	);

	/** Registers handlers until the returned function is called. An effect can return that function as its cleanup. */
	on(handlers: Handlers): () => void {
		untrack(() => (this.#handlers = [handlers, ...this.#handlers]));
		return () => {
			this.#handlers = this.#handlers.filter((other) => other !== handlers);
		};
	}

	/** Runs a shortcut's handler. */
	run(id: ShortcutId): void {
		this.#findHandler(id)?.();
	}

	#findHandler(id: ShortcutId): Handler | undefined {
		return this.#handlers.find((handlers) => handlers[id])?.[id];
	}

	press(event: KeyboardEvent): void {
		const first = this.#pendingKey;
		this.#setPendingKey(undefined);
		const second = first ? matchShortcuts(event, first) : [];
		const ids = second.length > 0 ? second : matchShortcuts(event);
		const handler = ids
			.map((id) => this.#findHandler(id))
			.find((candidate) => candidate !== undefined);
		if (handler) {
			if (handler() !== false) event.preventDefault();
		} else if (startsShortcut(event)) this.#setPendingKey(event.key);
	}

	#setPendingKey(key: string | undefined): void {
		clearTimeout(this.#sequenceTimer);
		this.#pendingKey = key;
		if (key)
			this.#sequenceTimer = setTimeout(() => (this.#pendingKey = undefined), SEQUENCE_TIMEOUT_MS);
	}
}

export const [getKeys, setKeys] = createContext<Keys>();
