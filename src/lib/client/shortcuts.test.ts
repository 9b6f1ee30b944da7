import { expect, test } from 'vitest';
import { shortcutOf } from './shortcuts';

const press = (key: string, given = {}) =>
	shortcutOf({
		key,
		ctrlKey: false,
		metaKey: false,
		altKey: false,
		defaultPrevented: false,
		isComposing: false,
		target: null,
		...given,
	});
/** An element inside of what the selector names. */
const within = (...parts: string[]) => ({
	closest: (selector: string) => (parts.some((part) => selector.includes(part)) ? {} : null),
});

test('keys ask for what the help sheet says', () => {
	expect(['j', 'k', 'e', '/', '?', 'Escape', 'x', 'constructor'].map((key) => press(key))).toEqual([
		'next',
		'previous',
		'archive',
		'search',
		'help',
		'back',
		undefined,
		undefined,
	]);
});

test('what somebody writes is no shortcut, but Escape leads out of it', () => {
	expect(press('e', { target: within('textarea') })).toBeUndefined();
	expect(press('Escape', { target: within('textarea') })).toBe('back');
});

test('keys of the browser and of open dialogs are left alone', () => {
	expect(press('k', { metaKey: true })).toBeUndefined();
	expect(press('Escape', { target: within('[role="dialog"]') })).toBeUndefined();
	expect(press('Escape', { defaultPrevented: true })).toBeUndefined();
});
