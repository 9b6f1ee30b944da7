import { expect, it } from 'vitest';
import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import { ACTIONS, actionText, detailText } from './labels.ts';

const entry = (values: Partial<AuditEntry>): AuditEntry => ({
	id: 1,
	action: 'user.updated',
	actor: { type: 'user', id: 1, name: 'Ada' },
	session_id: null,
	target: null,
	detail: {},
	created_at: '2026-11-23T10:00:00.000Z',
	...values,
});
const grace = { type: 'user', id: '2', name: 'Grace' };

it('describes an action as a sentence, with its target if known', () => {
	const told = (values: Partial<AuditEntry>) => {
		const { act, target } = actionText(entry(values));
		return `${act} ${target}`.trim();
	};
	expect(told({ action: 'user.role_changed', target: grace })).toBe('changed the role of Grace');
	expect(told({ action: 'user.role_changed' })).toBe('changed the role');
	expect(told({ action: 'session.archived' })).toBe('archived a chat');
	expect(told({ action: 'error.resolved', target: { ...grace, name: 'No answer' } })).toBe(
		'resolved an error: No answer',
	);
	expect(told({ action: 'lead.contacted', detail: { contacted: false } })).toBe(
		'marked a lead as not contacted',
	);
	expect(
		told({ action: 'user.signed_out_everywhere', target: grace, detail: { others: true } }),
	).toBe('signed out their other browsers');
});

it('each action has a unique label for the filter', () => {
	const labels = ACTIONS.map(({ label }) => label);
	expect(new Set(labels).size).toBe(labels.length);
	expect(labels.filter((label) => /( of| for| to| the|:)$/.test(label))).toEqual([]);
	expect(labels).toContain('Changed the role');
	expect(labels).toContain('Created an API key');
});

it('formats changes with an arrow, lists with commas, and skips empty values', () => {
	const told = (detail: AuditEntry['detail']) => detailText(entry({ detail }));
	expect(told({ role: { from: 'agent', to: 'admin' } })).toBe('role agent → admin');
	expect(told({ scopes: ['leads:read', 'sync'] })).toBe('scopes leads:read, sync');
	expect(told({ reasons: [], qa_status: 'passed' })).toBe('to passed');
	expect(told({ reasons: ['too_pushy'], qa_status: 'issue' })).toBe('reasons too pushy · to issue');
	expect(told({ contacted: true })).toBe('');
	expect(told({ site: 'default', http_status: null })).toBe('site default');
	expect(told({ role: 'agent', again: true })).toBe('role agent · again');
});
