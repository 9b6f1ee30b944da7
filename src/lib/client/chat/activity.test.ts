import { expect, it } from 'vitest';
import { createSampleSession } from '../../../../tests/support/contract-samples.ts';
import { type AuditEntry, describeActivity } from '#lib/contract/audit-entry.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import { listActivity } from './activity.ts';

const at = (minute: number) => `2026-11-23T10:${String(minute).padStart(2, '0')}:00.000Z`;
const actor = { type: 'user', id: 7, name: 'Anna' } as const;
const entry = (id: number, action: AuditAction, detail = {}): AuditEntry => ({
	id,
	action,
	actor,
	session_id: 'session_1',
	target: null,
	detail,
	activity: describeActivity(action, { actor, detail }),
	created_at: at(id),
});
const empty = { reviews: [], deliveries: [], entries: [] };

it('lists activity newest first, headed by the agent who is answering', () => {
	const session = createSampleSession(1, {
		ai_paused: true,
		agent: 'Anna',
		assignee: { id: 7, name: 'Anna' },
		completed_at: at(30),
		completion_source: 'live',
		created_at: at(0),
	});
	const entries = [
		entry(1, 'session.taken_over'),
		entry(2, 'session.assigned', { assignee: 'Ben' }),
		entry(3, 'note.created'),
	];
	expect(listActivity({ ...empty, session, entries }).map(({ text }) => text)).toEqual([
		'Anna is answering',
		'Completed by the AI',
		'Anna left a note',
		'Anna assigned it to Ben',
		'Anna took over',
		'Chat started',
	]);
});

it('lists a manual completion once, with the person’s name', () => {
	const session = createSampleSession(1, { completed_at: at(5), completion_source: 'agent' });
	const entries = [entry(5, 'session.completed')];
	const texts = listActivity({ ...empty, session, entries }).map(({ text }) => text);
	expect(texts.filter((text) => /omplete/.test(text))).toEqual(['Anna completed it']);
});
