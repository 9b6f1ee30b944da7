import { beforeAll, describe, expect, it } from 'vitest';
import { scope } from '#lib/contract/api-key.ts';
import { problem } from '#lib/contract/problem.ts';
import { expectProblem } from '../support/api.ts';
import { API_KEY } from '../support/server-api.ts';
import type { ApiClient, ApiRequest } from '../support/api-client.ts';
import { ALIAS, CASES, OPERATIONS, prepareRequest } from '../support/contract-cases.ts';
import { useContractFixtures } from '../support/contract-fixtures.ts';

const { call, createKeyFor, fixtures } = useContractFixtures('contract');
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

let client: ApiClient;
const wrongKeys = new Map<string, string>();

beforeAll(async () => {
	({ client } = fixtures());
	for (const required of scope.options) {
		const others = scope.options.filter((other) => other !== required && other !== 'admin');
		wrongKeys.set(required, await createKeyFor(...others));
	}
});

it('every operation of the OpenAPI document is tested, and every case belongs to one', () => {
	const own = client.operations.filter((name) => !name.includes(ALIAS));
	expect(OPERATIONS).toEqual(own);
	expect(own).toEqual(expect.arrayContaining(Object.keys(CASES)));
	const aliases = client.operations.filter((name) => name.includes(ALIAS));
	const originals = aliases.map((name) => name.replace(ALIAS, '/api/sessions'));
	expect(originals.length).toBeGreaterThan(5);
	expect(own).toEqual(expect.arrayContaining(originals));
});

it('every example in the document matches its schema', () => {
	let count = 0;
	for (const name of client.operations) {
		const [method = '', path = ''] = name.split(' ');
		const { requestBody, responses } = client.findOperation(name);
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

describe.each(OPERATIONS)('%s', (name) => {
	const [method = '', path = ''] = name.split(' ');
	const prepare = () => prepareRequest(name, fixtures());

	it('succeeds as documented', async () => {
		const { status } = await client.request(name, await prepare());
		expect(status).toBeOneOf([200, 201, 202, 204]);
	});

	it('returns its documented errors', async () => {
		const { security, requestBody, parameters, responses } = client.findOperation(name);
		const scope = security[0]?.['apiKey']?.[0];
		// A refused request has no effect, so that one valid request serves as the base of all of them.
		const valid = await prepare();
		const expectError = async (status: number, changes: ApiRequest) => {
			const response = await client.request(name, { ...valid, ...changes });
			expect([name, status, response.status]).toEqual([name, status, status]);
			expect(response.as(problem).status).toBe(status);
			expect(response.headers.get('X-Request-Id')).not.toBeNull();
		};
		if (scope !== undefined) {
			await expectError(401, { key: null, headers: {} });
			await expectError(401, { key: 'no such key', headers: {} });
			await expectError(403, { key: wrongKeys.get(scope), headers: {} });
		}
		if (scope === undefined && security.some((way) => 'authSession' in way)) {
			await expectError(401, { key: null, headers: {} });
			await expectError(403, { key: API_KEY, headers: {} });
		}
		if (security.some((way) => 'visitorToken' in way)) {
			await expectError(401, { headers: { authorization: 'Bearer wrong' } });
		}
		const foreign = { session_id: 'session_xyz', token: 'wrong', message: 'Hello' };
		if (security.length === 0 && responses['401']) {
			await expectError(401, { body: foreign });
		} else expect(Boolean(responses['401'])).toBe(security.length > 0);
		if (requestBody) {
			const json = { 'Content-Type': 'application/json' };
			const raw = (body: string, headers: Record<string, string>): ApiRequest => ({
				body: undefined,
				raw: body,
				headers: { ...valid.headers, ...headers },
			});
			await expectError(400, raw('{', json));
			await expectError(413, raw(`"${'x'.repeat(1024 * 1024)}"`, json));
			await expectError(415, raw('<a/>', { 'Content-Type': 'application/xml' }));
			await expectError(422, { body: null });
		}
		if (parameters.some(({ name }) => name === 'limit')) {
			await expectError(422, { query: { limit: 0 } });
			await expectError(422, { query: { cursor: 'nonsense' } });
		}
		const pathParameters = parameters.filter((parameter) => parameter.in === 'path');
		if (pathParameters.length > 0 && !path.endsWith('/messages')) {
			const unknown = Object.fromEntries(pathParameters.map(({ name }) => [name, 'none']));
			await expectError(404, { params: unknown });
		}
	});

	it('answers 405 to other methods, with the allowed ones', async () => {
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

const NO_SITE = { site: 'no-such-site' };

it.each([
	['POST /api/test-chats', { body: NO_SITE }],
	['POST /api/cases', { body: NO_SITE }],
	['POST /api/cases/import', { body: NO_SITE }],
	['POST /api/suites', { body: NO_SITE }],
	['POST /api/suites/replay-issues', { body: NO_SITE }],
	['POST /api/webhook-endpoints', { body: NO_SITE }],
	['GET /api/cases/export', { query: NO_SITE }],
	['GET /api/stats', { query: NO_SITE }],
	['GET /api/stats.csv', { query: NO_SITE }],
	['GET /api/stats/overview', { query: NO_SITE }],
	['POST /api/replays', { body: { session_id: 'session_unknown' } }],
	['POST /api/visitors/export', { body: { session_id: 'session_unknown' } }],
])('%s documents its 404 for %j', async (name, { body, query }: ApiRequest) => {
	const valid = await prepareRequest(name, fixtures());
	const { status } = await client.request(name, {
		...valid,
		...(body !== undefined && { body: { ...Object(valid.body), ...body } }),
		query: { ...valid.query, ...query },
	});
	expect(status).toBe(404);
});

it('the alias /api/messenger-sessions accepts numeric ids for every operation', async () => {
	const aliases = client.operations.filter((name) => name.includes(`${ALIAS}/{session_id}`));
	for (const name of aliases) {
		const request = await prepareRequest(name.replace(ALIAS, '/api/sessions'), fixtures());
		const { session_id = '' } = request.params ?? {};
		const found = await call('GET', `/api/sessions/${session_id}`, { key: API_KEY });
		const { session } = (await found.json()) as { session: { id: number } };
		const isIngest = name.endsWith('/messages');
		const params = { ...request.params, ...(!isIngest && { session_id: session.id }) };
		expect((await client.request(name, { ...request, params })).status).toBeOneOf([200, 201, 204]);
	}
});
