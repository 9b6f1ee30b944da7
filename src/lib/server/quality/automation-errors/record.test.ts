import { describe, expect, it } from 'vitest';
import { getFingerprint, toMessageTemplate } from './record.ts';

describe('the template of a message', () => {
	it.each([
		['Timeout after 30000 ms', 'Timeout after <number> ms'],
		['took 1.5 s, 12,300 rows', 'took <number> s, <number> rows'],
		['stub agent exploded [line 6]', 'stub agent exploded [line <number>]'],
		['Cannot read "name" of undefined', 'Cannot read <text> of undefined'],
		["node 'Send lead' isn't reachable", "node <text> isn't reachable"],
		['no model `gpt-4o` here', 'no model <text> here'],
		['can‘t parse “Hello” in ‘x’', 'can‘t parse <text> in <text>'],
		['GET https://api.example.com/v1/x?id=7 failed', 'GET <url> failed'],
		['(see http://10.0.0.1:5678/webhook/lead)', '(see <url>)'],
		['mail to ada@example.co.uk bounced', 'mail to <email> bounced'],
		['run 6f1c2f7e-30a1-4a5f-9d59-3f6a2b1c0d9e died', 'run <uuid> died'],
		['chat session_aB3-_x9Zk1Qw8eRtYuIoPaSd gone', 'chat <session> gone'],
		['commit 9fceb02d0ae598e95dc970b74767f19372d61af8', 'commit <hex>'],
		['at 0x7ffeefbff5c8', 'at <hex>'],
		['  two\n lines ', 'two lines'],
		['deadbeef is a word, facade too', 'deadbeef is a word, facade too'],
	])('%j', (message, expected) => {
		expect(toMessageTemplate(message)).toBe(expected);
	});

	it('takes linear time on long adversarial messages', () => {
		const parts = ['"', "'a", 'a', 'a@', 'http://', '0x', 'a1', '“', '1.1', 'session_'];
		for (const part of parts) {
			const message = part.repeat(4000 / part.length);
			expect(toMessageTemplate(message).length).toBeGreaterThan(0);
		}
	});
});

describe('the fingerprint', () => {
	const failure = { workflow: 'Lead intake', node: 'Code', message: 'row 7 is bad' };

	it('is equal for the same cause', () => {
		expect(getFingerprint({ ...failure, message: 'row 812 is bad' })).toBe(getFingerprint(failure));
	});

	it.each([
		{ ...failure, workflow: 'Chat' },
		{ ...failure, node: null },
		{ ...failure, message: 'row is gone' },
	])('differs for %j', (other) => {
		expect(getFingerprint(other)).not.toBe(getFingerprint(failure));
	});
});
