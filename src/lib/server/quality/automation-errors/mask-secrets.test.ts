import { expect, it } from 'vitest';
import { maskSecrets } from './parse-report.ts';

it.each([
	['401: Incorrect API key provided: sk-proj-abcdef0123456789', 'sk-proj'],
	['request had authorization: Bearer abcdefghijkl.mnop', 'abcdefghijkl'],
	['{"headers":{"X-Api-Key":"tell-tale-1234"}}', 'tell-tale'],
	['connect postgres://n8n:hunter22@db:5432/n8n failed', 'hunter22'],
	['GET https://crm.example/v1?access_token=tell-tale-99&id=7 failed', 'tell-tale'],
	['password = "hunter22"', 'hunter22'],
	[String.raw`{"body":"{\"api_key\": \"hunter22\"}"}`, 'hunter22'],
	['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc expired', 'eyJ'],
	[`jwt ${'a'.repeat(41)}-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc expired`, 'eyJ'],
	['jwt user-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc expired', 'eyJ'],
])('masks the secret in %j', (text, secret) => {
	const masked = maskSecrets(text);
	expect(masked).not.toContain(secret);
	expect(masked).toContain('••••••');
});

it.each([
	'Incorrect API key provided',
	'the token has expired',
	'Cannot read "name" of undefined at https://n8n.example.com/workflow/1/executions/231',
	'Basic auth is off',
])('leaves %j unchanged', (text) => {
	expect(maskSecrets(text)).toBe(text);
});

it('takes linear time on long adversarial texts', () => {
	// Quadratic time would exceed the test's timeout. A visitor's URLs and messages can be as long together.
	const parts = [
		'a:',
		'key=',
		'http://a:',
		'bearer ',
		'eyJaaaaaaaa.',
		'a.eyJ',
		'a.-eyJ.',
		'-eyJ',
		'eyJ',
		'token-',
		'"',
		'a_',
	];
	for (const part of parts) {
		expect(maskSecrets(part.repeat(400_000 / part.length)).length).toBeGreaterThan(0);
	}
});
