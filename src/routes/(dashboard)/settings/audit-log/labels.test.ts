import { expect, it } from 'vitest';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { ACTIONS, describeAction, describeDetail, findTargetPage } from './labels.ts';

const entry = (values: Partial<AuditEntry>): AuditEntry => ({
	id: 1,
	action: 'user.updated',
	actor: { type: 'user', id: 1, name: 'Ada' },
	session_id: null,
	target: null,
	detail: {},
	activity: null,
	created_at: '2026-11-23T10:00:00.000Z',
	...values,
});
const grace = { type: 'user', id: '2', name: 'Grace' };

it('describes an action as a sentence, with its target if known', () => {
	const describe = (values: Partial<AuditEntry>) => {
		const { text, target } = describeAction(entry(values));
		return `${text} ${target}`.trim();
	};
	expect(describe({ action: 'user.role_changed', target: grace })).toBe(
		'changed the role of Grace',
	);
	expect(describe({ action: 'user.role_changed' })).toBe('changed the role');
	expect(describe({ action: 'session.archived' })).toBe('archived a chat');
	expect(describe({ action: 'error.resolved', target: { ...grace, name: 'No answer' } })).toBe(
		'resolved an error: No answer',
	);
	expect(describe({ action: 'lead.contacted', detail: { contacted: false } })).toBe(
		'marked a lead as not contacted',
	);
	expect(
		describe({ action: 'user.signed_out_everywhere', target: grace, detail: { others: true } }),
	).toBe('signed out their other browsers');
	expect(describe({ action: 'user.signed_out_everywhere', target: grace })).toBe(
		'signed out all browsers of Grace',
	);
});

it('links a target to the page that shows it, and nothing else', () => {
	const find = (target: AuditEntry['target']) => findTargetPage(entry({ target }));
	expect(find({ type: 'site', id: 'lakeside-dental', name: 'Lakeside Dental' })).toBe(
		'/settings/sites/lakeside-dental',
	);
	expect(find(grace)).toBe('/settings/users');
	expect(find({ type: 'toString', id: '1', name: 'One' })).toBeUndefined();
	expect(find(null)).toBeUndefined();
});

it('each action has a unique label for the filter', () => {
	const labels = ACTIONS.map(({ label }) => label);
	expect(new Set(labels).size).toBe(labels.length);
	expect(labels.filter((label) => /( of| for| to| the|:)$|\{/.test(label))).toEqual([]);
	expect(labels).toContain('Changed the role');
	expect(labels).toContain('Created an API key');
});

it('formats changes with an arrow, lists with commas, and skips empty values', () => {
	const format = (detail: AuditEntry['detail']) => describeDetail(entry({ detail }));
	expect(format({ role: { from: 'agent', to: 'admin' } })).toBe('Role: agent → admin');
	expect(format({ scopes: ['leads:read', 'sync'] })).toBe('Scopes: leads:read, sync');
	expect(format({ reasons: [], qa_status: 'passed' })).toBe('Decision: passed');
	expect(format({ reasons: ['too_pushy'], qa_status: 'issue' })).toBe(
		'Reasons: too pushy · Decision: issue',
	);
	expect(format({ events: ['lead.completed', 'review.issue'] })).toBe(
		'Events: lead completed, review issue',
	);
	expect(format({ changed: ['connector', 'setup_steps'] })).toBe('Changed: connector, setup steps');
	expect(format({ contacted: true })).toBe('');
	expect(format({ site: 'default', http_status: null })).toBe('Site: default');
	expect(format({ role: 'agent', again: true })).toBe('Role: agent · Again');
});
