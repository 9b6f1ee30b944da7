import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { useTestApi } from '../support/api.ts';

const { call, routes } = useTestApi();

const operation = z.object({
	tags: z.array(z.string()),
	summary: z.string().regex(/\S \S/, 'needs at least two words'),
	responses: z.record(z.string(), z.object({ description: z.string().min(1) })),
});
const openapi = z.object({
	openapi: z.literal('3.1.0'),
	tags: z.array(z.object({ name: z.string(), description: z.string().min(1) })),
	paths: z.record(z.string(), z.record(z.string(), operation)),
	components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

const fetchText = async () => (await call('GET', '/api/openapi.json', { key: null })).text();
const fetchDocument = async () => openapi.parse(JSON.parse(await fetchText()));

it('documents exactly the routes of the router, each with a summary', async () => {
	const { paths } = await fetchDocument();
	const listed = Object.entries(paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => `${method} ${path}`),
	);
	const routed = routes()
		.filter(({ method }) => method !== 'ALL')
		.map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
	expect(routed.length).toBeGreaterThan(20);
	expect(listed.sort()).toEqual([...new Set(routed)].sort());
	expect(listed).toContain('post /api/embed-chat/send-message');
	expect(listed).toContain('get /api/messenger-sessions/{session_id}');
});

it('contains every schema that it refers to', async () => {
	const text = await fetchText();
	const { components } = await fetchDocument();
	const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
		([, name]) => name,
	);
	expect(references.length).toBeGreaterThan(20);
	for (const name of references) expect(components.schemas).toHaveProperty(name ?? '');
	expect(text).not.toContain('$defs');
});

it('documents scopes and problems of a route', async () => {
	const response = await call('GET', '/api/openapi.json', { key: null });
	expect(await response.json()).toMatchObject({
		paths: {
			'/api/sessions/{session_id}': {
				patch: {
					security: [
						{ apiKey: ['sessions:write'] },
						{ bearer: ['sessions:write'] },
						{ authSession: [] },
					],
					responses: {
						401: {
							content: {
								'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
							},
						},
						422: {},
					},
				},
			},
		},
		components: { schemas: { IngestMessage: { properties: { external_id: { maxLength: 200 } } } } },
	});
});

it('documents the body limit of each route, which is lower for visitors', async () => {
	const { paths } = await fetchDocument();
	const describeLimit = (path: string) => paths[path]?.['post']?.responses['413']?.description;
	expect(describeLimit('/api/cases/import')).toBe('The body is larger than 1 MiB');
	expect(describeLimit('/api/embed-chat/sessions')).toBe('The body is larger than 128 KiB');
});

it('describes every group of routes', async () => {
	const { tags, paths } = await fetchDocument();
	const used = Object.values(paths).flatMap((path) =>
		Object.values(path).flatMap((route) => route.tags),
	);
	expect(new Set(tags.map(({ name }) => name))).toEqual(new Set(used));
});

it('serves a reference page that loads nothing from other hosts', async () => {
	const response = await call('GET', '/api/docs', { key: null });
	expect(response.status).toBe(200);
	const page = await response.text();
	const policy = response.headers.get('Content-Security-Policy') ?? '';
	for (const tag of ['style', 'script']) {
		const [, inline = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page) ?? [];
		const hash = createHash('sha256').update(inline).digest('base64');
		expect(policy).toContain(`${tag}-src 'self' 'sha256-${hash}'`);
	}
	expect(policy).toContain("default-src 'none'");
	expect(policy).toContain("connect-src 'self'");
	expect(policy).not.toMatch(/unsafe|https?:/);
	expect(page).not.toMatch(/https?:/);
});
