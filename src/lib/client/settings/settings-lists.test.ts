import { describe, expect, it } from 'vitest';
import type { Mail } from '#lib/contract/mail.ts';
import { MailList } from './settings-lists.svelte.ts';

const aMail = (id: number, given: Partial<Mail> = {}): Mail => ({
	id,
	template: 'test',
	to: 'ada@example.com',
	subject: `Mail ${id}`,
	status: 'pending',
	attempt_count: 0,
	next_attempt_at: null,
	last_error: null,
	created_at: '2026-11-23T09:00:00.000Z',
	sent_at: null,
	...given,
});
const event = (mail: Mail) => ({ name: 'mail.updated' as const, payload: { mail } });
const ids = (list: MailList) => list.items.map(({ id }) => id);

describe('the email list', () => {
	it('adds new emails at the top and updates existing ones in place', () => {
		const list = new MailList({ items: [aMail(2), aMail(1)], next_cursor: null }, undefined);
		list.apply([event(aMail(3)), event(aMail(1, { status: 'sent' }))]);
		expect(ids(list)).toEqual([3, 2, 1]);
		expect(list.items[2]?.status).toBe('sent');
	});

	it('filtered by status removes emails that no longer match, and ignores older ones', () => {
		const list = new MailList({ items: [aMail(5), aMail(4)], next_cursor: 'x' }, 'pending');
		list.apply([event(aMail(5, { status: 'sent' })), event(aMail(2))]);
		expect(ids(list)).toEqual([4]);
	});
});
