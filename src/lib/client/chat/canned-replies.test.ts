import { expect, it } from 'vitest';
import { fillVariables, findReplies, findSlashQuery } from './canned-replies.svelte.ts';

const values = { name: 'Maya', site: 'Hartmann Roofing', agent: 'Anna' };
const reply = (id: number, title: string, text: string) => ({
	id,
	title,
	text,
	owner: null,
	created_at: '2026-11-23T10:00:00.000Z',
	updated_at: '2026-11-23T10:00:00.000Z',
});

it('replaces known variables and nothing else', () => {
	expect(fillVariables('Hi {name}, {agent} of {site}. {price} {name}', values)).toBe(
		'Hi Maya, Anna of Hartmann Roofing. {price} Maya',
	);
	expect(fillVariables('{name}', { ...values, name: '{agent} $& $1' })).toBe('{agent} $& $1');
});

it('ranks title matches before text matches, and requires every word', () => {
	const replies = [
		reply(1, 'Opening hours', 'We call back from 9 to 5'),
		reply(2, 'Please call back', 'Hi'),
		reply(3, 'Call back', 'Hi'),
	];
	expect(findReplies(replies, 'call ba').map(({ id }) => id)).toEqual([3, 2, 1]);
	expect(findReplies(replies, 'call lunch')).toEqual([]);
	expect(findReplies(replies, '')).toHaveLength(3);
});

it('a slash starts a search only at the beginning of a word', () => {
	expect(findSlashQuery('/ca', 3)).toEqual({ from: 0, query: 'ca' });
	expect(findSlashQuery('Hello /call b', 13)).toEqual({ from: 6, query: 'call b' });
	expect(findSlashQuery('and/or', 6)).toBeNull();
	expect(findSlashQuery('https://a', 9)).toBeNull();
	expect(findSlashQuery('/a\nb', 4)).toBeNull();
});
