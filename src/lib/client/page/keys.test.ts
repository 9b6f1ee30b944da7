import { expect, it, vi } from 'vitest';
import { Keys, SHORTCUTS, matchShortcuts, startsShortcut } from './keys.svelte.ts';

const keyPress = (key: string, overrides = {}) => ({
	key,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	defaultPrevented: false,
	isComposing: false,
	keyCode: 0,
	target: null,
	...overrides,
});
const press = (key: string, overrides = {}) => matchShortcuts(keyPress(key, overrides))[0];
/** An element inside elements that match these selectors. */
const within = (...parts: string[]) => ({
	closest: (selector: string) => (parts.some((part) => selector.includes(part)) ? {} : null),
});

it('keys trigger the actions on the help sheet', () => {
	const keys = ['j', 'k', 'e', 'x', '/', '?', 'Escape', 'z', 'constructor'];
	expect(keys.map((key) => press(key))).toEqual([
		'next',
		'previous',
		'archive',
		'select',
		'search',
		'help',
		'back',
		undefined,
		undefined,
	]);
});

it('two-key shortcuts open pages, and the second key has no other effect', () => {
	expect(startsShortcut(keyPress('g'))).toBe(true);
	expect(matchShortcuts(keyPress('i'), 'g')).toEqual(['go.inbox']);
	expect(matchShortcuts(keyPress('e'), 'g')).toEqual([]);
	expect(press('g')).toBeUndefined();
	expect(startsShortcut(keyPress('g', { target: within('input') }))).toBe(false);
});

it('no two actions on one page share a key', () => {
	const shortcuts: readonly { where: string; keys: readonly string[] }[] = SHORTCUTS;
	const all = shortcuts.map(({ where, keys }) => `${where}: ${keys.join(' ')}`);
	expect(all).toEqual([...new Set(all)]);
});

it('ignores shortcuts in text fields, except for Escape', () => {
	expect(press('e', { target: within('textarea') })).toBeUndefined();
	expect(press('Escape', { target: within('textarea') })).toBe('back');
});

it('leaves browser shortcuts, input methods and open dialogs alone', () => {
	expect(press('k', { metaKey: true })).toBeUndefined();
	expect(press('Escape', { target: within('[role="dialog"]') })).toBeUndefined();
	expect(press('Escape', { defaultPrevented: true })).toBeUndefined();
	expect(press('Escape', { isComposing: true })).toBeUndefined();
	// Safari: https://github.com/microsoft/BotFramework-WebChat/pull/5462
	expect(press('Escape', { keyCode: 229 })).toBeUndefined();
});

it('a key shared by two pages triggers the open page’s handler', () => {
	const keys = new Keys();
	const [note, next] = [vi.fn(), vi.fn()];
	const event = { ...keyPress('n'), preventDefault: vi.fn() } as unknown as KeyboardEvent;
	const leave = keys.on({ 'chat.note': note });
	keys.press(event);
	leave();
	keys.on({ 'review.next': next });
	keys.press(event);
	expect([note, next].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

it('the command menu lists shortcuts that the page handles', () => {
	const keys = new Keys();
	const assign = vi.fn();
	const leave = keys.on({ 'chat.assign': assign, next: vi.fn() });
	expect(keys.commands.map(({ id }) => id)).toEqual(['chat.assign']);
	keys.run('chat.assign');
	expect(assign).toHaveBeenCalledOnce();
	leave();
	expect(keys.commands).toEqual([]);
});
