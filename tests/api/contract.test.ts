import { beforeAll, describe, expect, it } from 'vitest';
import { scope } from '#lib/contract/api-key.ts';
import { problem } from '#lib/contract/problem.ts';
import { expectProblem, API_KEY } from '../support/api.ts';
import type { ApiClient, ApiRequest } from '../support/api-client.ts';
import { CASES } from '../support/contract-cases.ts';
import { useContractFixtures } from '../support/contract-fixtures.ts';

const { call, keyFor, fixtures } = useContractFixtures('contract');
const ALIAS = '/api/messenger-sessions';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

let client: ApiClient;
const wrongKeys = new Map<string, string>();

beforeAll(async () => {
	({ client } = fixtures());
	for (const wanted of scope.options) {
		const others = scope.options.filter((other) => other !== wanted && other !== 'admin');
		wrongKeys.set(wanted, await keyFor(...others));
	}
});

it('every operation of the OpenAPI document has a case here, and no case is of another', () => {
	const own = client.operations.filter((name) => !name.includes(ALIAS));
	expect(Object.keys(CASES).sort()).toEqual(own.sort());
	const aliases = client.operations.filter((name) => name.includes(ALIAS));
	const originals = aliases.map((name) => name.replace(ALIAS, '/api/sessions'));
	expect(originals.length).toBeGreaterThan(5);
	expect(own).toEqual(expect.arrayContaining(originals));
});

it('every example in the document fits its schema', () => {
	let count = 0;
	for (const name of client.operations) {
		const [method = '', path = ''] = name.split(' ');
		const { requestBody, responses } = client.operationOf(name);
		const at = ['paths', path, method.toLowerCase()];
		const places = [
			[[...at, 'requestBody'], requestBody?.content] as const,
			...Object.entries(responses).map(
				([status, { content }]) => [[...at, 'responses', status], content] as const,
			),
		];
		for (const [place, content] of places) {
			const media = content?.['application/json'];
			if (!media) continue;
			expect(media.example).toBeDefined();
			client.check([...place, 'content', 'application/json', 'schema'], media.example);
			count++;
		}
	}
	expect(count).toBeGreaterThan(100);
});

describe.each(Object.keys(CASES))('%s', (name) => {
	const [method = '', path = ''] = name.split(' ');
	const ask = async (change: (asked: ApiRequest) => ApiRequest = (asked) => asked) =>
		client.request(name, change((await CASES[name]?.(fixtures())) ?? {}));

	it('succeeds as the document says', async () => {
		const { status } = await ask();
		expect(status).toBeOneOf([200, 201, 204]);
	});

	it('refuses as the document says', async () => {
		const { security, requestBody, parameters, responses } = client.operationOf(name);
		const wanted = security[0]?.['apiKey']?.[0];
		const refused = async (status: number, change: (asked: ApiRequest) => ApiRequest) => {
			const answer = await ask(change);
			expect([name, status, answer.status]).toEqual([name, status, status]);
			expect(answer.as(problem).status).toBe(status);
			expect(answer.headers.get('X-Request-Id')).not.toBeNull();
		};
		if (wanted !== undefined) {
			await refused(401, (asked) => ({ ...asked, key: null, headers: {} }));
			await refused(401, (asked) => ({ ...asked, key: 'no such key', headers: {} }));
			await refused(403, (asked) => ({ ...asked, key: wrongKeys.get(wanted), headers: {} }));
		}
		if (security.some((way) => 'visitorToken' in way)) {
			await refused(401, (asked) => ({ ...asked, headers: { authorization: 'Bearer wrong' } }));
		}
		const foreign = { session_id: 'session_xyz', token: 'wrong', message: 'Hello' };
		if (security.length === 0 && responses['401']) {
			await refused(401, (asked) => ({ ...asked, body: foreign }));
		} else expect(Boolean(responses['401'])).toBe(security.length > 0);
		if (requestBody) {
			const json = { 'Content-Type': 'application/json' };
			const raw = (body: string, headers: Record<string, string>) => (asked: ApiRequest) => ({
				...asked,
				body: undefined,
				raw: body,
				headers: { ...asked.headers, ...headers },
			});
			await refused(400, raw('{', json));
			await refused(413, raw(`"${'x'.repeat(1024 * 1024)}"`, json));
			await refused(415, raw('<a/>', { 'Content-Type': 'application/xml' }));
			await refused(422, (asked) => ({ ...asked, body: null }));
		}
		if (parameters.some(({ name }) => name === 'limit')) {
			await refused(422, (asked) => ({ ...asked, query: { limit: 0 } }));
			await refused(422, (asked) => ({ ...asked, query: { cursor: 'nonsense' } }));
		}
		const ofPath = parameters.filter((parameter) => parameter.in === 'path');
		if (ofPath.length > 0 && !path.endsWith('/messages')) {
			const nothing = Object.fromEntries(ofPath.map(({ name }) => [name, 'none']));
			await refused(404, (asked) => ({ ...asked, params: nothing }));
		}
	});

	it('knows no other method than those that it allows', async () => {
		const real = path.replaceAll(/\{\w+\}/g, '1');
		const wrong = METHODS.filter((other) => !client.operations.includes(`${other} ${path}`));
		const answers = await Promise.all([...wrong, 'PURGE'].map(async (other) => call(other, real)));
		const refused = answers.filter(({ status }) => status === 405);
		expect(refused.length).toBeGreaterThan(0);
		for (const response of refused) {
			expect(response.headers.get('Allow')?.split(', ')).toContain(method);
			await expectProblem(response, 'method_not_allowed');
		}
	});
});

it('the alias of chat sessions gives the same by the numeric id', async () => {
	const aliases = client.operations.filter((name) => name.includes(`${ALIAS}/{session_id}`));
	for (const name of aliases) {
		const asked = (await CASES[name.replace(ALIAS, '/api/sessions')]?.(fixtures())) ?? {};
		const { session_id = '' } = asked.params ?? {};
		const found = await call('GET', `/api/sessions/${session_id}`, { key: API_KEY });
		const { session } = (await found.json()) as { session: { id: number } };
		const isIngest = name.endsWith('/messages');
		const params = { ...asked.params, ...(!isIngest && { session_id: session.id }) };
		expect((await client.request(name, { ...asked, params })).status).toBeOneOf([200, 201, 204]);
	}
});
