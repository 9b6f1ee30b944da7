import { describe, expect, it } from 'vitest';
import type { Mail } from '#lib/contract/mail.ts';
import { MailList } from './settings-lists.svelte.ts';

const createMail = (id: number, overrides: Partial<Mail> = {}): Mail => ({
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
	...overrides,
});
const event = (mail: Mail) => ({ name: 'mail.updated' as const, payload: { mail } });
const ids = (list: MailList) => list.items.map(({ id }) => id);

describe('the email list', () => {
	it('adds new emails at the top and updates existing ones in place', () => {
		const list = new MailList(
			{ items: [createMail(2), createMail(1)], next_cursor: null },
			undefined,
		);
		list.apply([event(createMail(3)), event(createMail(1, { status: 'sent' }))]);
		expect(ids(list)).toEqual([3, 2, 1]);
		expect(list.items[2]?.status).toBe('sent');
	});

	it('filtered by status removes emails that no longer match, and ignores older ones', () => {
		const list = new MailList(
			{ items: [createMail(5), createMail(4)], next_cursor: 'x' },
			'pending',
		);
		list.apply([event(createMail(5, { status: 'sent' })), event(createMail(2))]);
		expect(ids(list)).toEqual([4]);
	});
});
