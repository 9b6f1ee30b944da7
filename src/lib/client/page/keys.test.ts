import { expect, test } from 'vitest';
import { SHORTCUTS, shortcutOf, startsShortcut } from './keys.svelte.ts';

const pressed = (key: string, given = {}) => ({
	key,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	defaultPrevented: false,
	isComposing: false,
	target: null,
	...given,
});
const press = (key: string, given = {}) => shortcutOf(pressed(key, given));
/** An element inside of what the selector names. */
const within = (...parts: string[]) => ({
	closest: (selector: string) => (parts.some((part) => selector.includes(part)) ? {} : null),
});

test('keys trigger the actions on the help sheet', () => {
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

test('two-key shortcuts open pages, and the second key has no other effect', () => {
	expect(startsShortcut(pressed('g'))).toBe(true);
	expect(shortcutOf(pressed('i'), 'g')).toBe('go.inbox');
	expect(shortcutOf(pressed('e'), 'g')).toBeUndefined();
	expect(press('g')).toBeUndefined();
	expect(startsShortcut(pressed('g', { target: within('input') }))).toBe(false);
});

test('no two actions on one page share a key', () => {
	const told: readonly { where: string; keys: readonly string[] }[] = SHORTCUTS;
	const all = told.map(({ where, keys }) => `${where}: ${keys.join(' ')}`);
	expect(all).toEqual([...new Set(all)]);
});

test('ignores shortcuts in text fields, except for Escape', () => {
	expect(press('e', { target: within('textarea') })).toBeUndefined();
	expect(press('Escape', { target: within('textarea') })).toBe('back');
});

test('leaves browser shortcuts and open dialogs alone', () => {
	expect(press('k', { metaKey: true })).toBeUndefined();
	expect(press('Escape', { target: within('[role="dialog"]') })).toBeUndefined();
	expect(press('Escape', { defaultPrevented: true })).toBeUndefined();
});
