import { expect, it } from 'vitest';
import type { AuditEntry } from '$lib/contract/audit-entry';
import { actionWords, detailWords } from './words';

const detailed = (detail: AuditEntry['detail']): AuditEntry => ({
	id: 1,
	action: 'user.updated',
	actor: { type: 'user', id: 1, name: 'Ada' },
	session_id: null,
	target: null,
	detail,
	created_at: '2026-11-23T10:00:00.000Z',
});

it('an act is told in words', () => {
	expect(actionWords('user.role_changed')).toBe('User: role changed');
	expect(actionWords('api_key.created')).toBe('API key: created');
});

it('a change has an arrow, a list has none, and nothing is not told', () => {
	expect(detailWords(detailed({ role: { from: 'agent', to: 'admin' } }))).toBe(
		'role agent → admin',
	);
	expect(detailWords(detailed({ scopes: ['leads:read', 'sync'] }))).toBe('scopes leads:read, sync');
	expect(detailWords(detailed({ reasons: [], qa_status: 'passed' }))).toBe('qa status passed');
});
