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

describe('the list of mail', () => {
	it('puts what is new on top and changes what is there in its place', () => {
		const list = new MailList({ items: [aMail(2), aMail(1)], next_cursor: null }, undefined);
		list.apply([event(aMail(3)), event(aMail(1, { status: 'sent' }))]);
		expect(ids(list)).toEqual([3, 2, 1]);
		expect(list.items[2]?.status).toBe('sent');
	});

	it('of one status drops what has another now, and takes no older mail in on top', () => {
		const list = new MailList({ items: [aMail(5), aMail(4)], next_cursor: 'x' }, 'pending');
		list.apply([event(aMail(5, { status: 'sent' })), event(aMail(2))]);
		expect(ids(list)).toEqual([4]);
	});
});
