import { expect, test } from 'vitest';
import { promiseOf } from './promise.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();

test.each([
	[null, null, { is: 'none' }],
	[at(20), null, { is: 'open', words: '20 h left' }],
	[at(0.5), null, { is: 'soon', words: '30 min left' }],
	[at(0), null, { is: 'overdue', words: 'Overdue 1 min' }],
	[at(-72), null, { is: 'overdue', words: 'Overdue 3 d' }],
	[at(-72), at(-1), { is: 'kept', words: 'Contacted' }],
	[null, at(-1), { is: 'kept', words: 'Contacted' }],
])('a promise due at %s with a contact at %s is %j', (promise_due_at, first_contact_at, state) => {
	expect(promiseOf({ promise_due_at, first_contact_at }, NOW)).toEqual(state);
});
