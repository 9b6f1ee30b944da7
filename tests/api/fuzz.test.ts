// @module-tag thorough
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentRequests, widgetRequests } from '#lib/contract/live.ts';
import { API_KEY } from '../support/server-api.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();
const RUNS_PER_ROUTE = 5;
const RUNS_PER_REQUEST = 25;

// No input may block the event loop. The limit is generous, because machines that run tests are slow.
afterAll(() => expect(t.app.watchdog.getLongestBlockMs()).toBeLessThan(5_000));

const text = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 60 }),
	fc.constantFrom('', '\u0000', '\ud800', '-'.repeat(500), '"'.repeat(300), '((((', '%', '_', '\\'),
	fc.constantFrom('__proto__', 'constructor', '1e999', '-0', '9'.repeat(40), 'NaN', '2026-13-45'),
	fc.constantFrom('a@b.co', 'https://[::1', '+1 (555) 010', '<script>', '🧑‍🚀'.repeat(40), '٣', 'İ'),
);
const deep = fc.integer({ min: 1, max: 2_000 }).map((depth) => {
	let value: unknown = 'x';
	for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
	return value;
});
const leaf = fc.oneof(
	{ weight: 4, arbitrary: text },
	{ weight: 3, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)) },
	{ weight: 1, arbitrary: deep },
	{ weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
);
/** Generates objects with some of these fields and arbitrary values. */
const createInput = (names: string[]) =>
	fc.oneof(
		{
			weight: 4,
			arbitrary: fc.record(Object.fromEntries(names.map((name) => [name, leaf])), {
				requiredKeys: [],
			}),
		},
		{ weight: 1, arbitrary: leaf },
		{ weight: 1, arbitrary: fc.dictionary(text, leaf, { maxKeys: 5 }) },
	);

const parameter = z.object({ name: z.string(), in: z.string() });
const operation = z.object({
	parameters: z.array(parameter).default([]),
	requestBody: z
		.object({
			content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })),
		})
		.optional(),
});
const document = z.object({
	paths: z.record(z.string(), z.record(z.string(), operation)),
	components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

/** Returns the names of a body's fields. */
function listBodyFields(
	body: z.infer<typeof operation>['requestBody'],
	schemas: Record<string, unknown>,
) {
	const names = Object.values(body?.content ?? {}).map(({ schema }) => {
		const reference =
			typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
		const found = reference === undefined ? schema : schemas[reference];
		return Object.keys((found as { properties?: object } | undefined)?.properties ?? {});
	});
	return names.flat();
}

describe('every route', () => {
	it('answers hostile input with a status below 500', async () => {
		const response = await fetch(`${t.url}/api/openapi.json`);
		const { paths, components } = document.parse(await response.json());
		const failed: unknown[] = [];
		for (const [path, methods] of Object.entries(paths)) {
			for (const [method, { parameters, requestBody }] of Object.entries(methods)) {
				const query = parameters
					.filter((parameter) => parameter.in === 'query')
					.map(({ name }) => name);
				const input = fc.record({
					segment: fc.oneof(text, fc.constantFrom('1', 'default', '-1', '0')),
					query: fc.array(fc.tuple(fc.constantFrom(...query, 'x'), text), { maxLength: 6 }),
					body: createInput(listBodyFields(requestBody, components.schemas)),
				});
				for (const request of fc.sample(input, RUNS_PER_ROUTE)) {
					const target = path.replaceAll(
						/\{\w+\}/g,
						encodeURIComponent(request.segment.toWellFormed()),
					);
					const search = new URLSearchParams(
						request.query.map(([name, value]) => [name, value.toWellFormed()]),
					);
					const answer = await fetch(`${t.url}${target}?${search}`, {
						method: method.toUpperCase(),
						redirect: 'manual',
						headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
						...(method !== 'get' && { body: JSON.stringify(request.body) }),
					});
					// Streams are only read up to their headers. A 503 is legitimate, for example for a disabled channel.
					await answer.body?.cancel();
					if (answer.status >= 500 && answer.status !== 503) {
						failed.push({
							method,
							target,
							search: String(search),
							body: request.body,
							status: answer.status,
						});
					}
				}
			}
		}
		expect(failed).toEqual([]);
		expect((await fetch(`${t.url}/healthz`)).status).toBe(200);
	});
});

/** Returns the names of a socket request's fields. */
function listKeys(schema: z.ZodType): string[] {
	if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
	if (schema instanceof z.ZodPipe) return listKeys(schema.in as z.ZodType);
	return [];
}

describe('every socket request', () => {
	it.each(Object.entries(widgetRequests))(
		'%s from a visitor never fails with an internal error',
		async (name, schema) => {
			const { visitor } = await t.startChat();
			const inputs = fc.sample(createInput(listKeys(schema)), RUNS_PER_REQUEST);
			for (const input of inputs) {
				const code = await visitor.getErrorCode(name as keyof typeof widgetRequests, input);
				expect({ code, input }).not.toMatchObject({ code: 'internal' });
			}
		},
	);

	it.each(Object.entries(agentRequests))(
		'%s from an agent never fails with an internal error',
		async (name, schema) => {
			const agent = await t.connectUser();
			const inputs = fc.sample(createInput(listKeys(schema)), RUNS_PER_REQUEST);
			for (const input of inputs) {
				const code = await agent.getErrorCode(name as keyof typeof agentRequests, input);
				expect({ code, input }).not.toMatchObject({ code: 'internal' });
			}
		},
	);
});
