import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import {
	caseDraft,
	caseExport,
	caseExportQuery,
	caseImport,
	caseContent,
	caseImported,
	caseInput,
	caseListQuery,
	casePreview,
	caseUpdate,
	testCase,
} from '#lib/contract/test-case.ts';
import {
	createCase,
	deleteCase,
	draftCase,
	exportCases,
	getCase,
	importCases,
	listCases,
	previewCase,
	updateCase,
} from '../quality/suites/index.ts';
import { type ApiEnv, documentErrors, body, json, numberParam, sessionParam } from './route.ts';
import { team } from './team.ts';

const read = { tags: ['Test cases and suites'], ...team('quality:read') };
const write = { tags: ['Test cases and suites'], ...team('quality:write') };
const params = z.object({ id: numberParam });

const cases = {
	list: createRoute({
		...read,
		method: 'get',
		path: '/',
		summary: 'List test cases',
		description: 'Newest first. Filter by site or suite.',
		request: { query: caseListQuery },
		responses: { 200: json(pageSchema(testCase), 'A page of test cases') },
	}),
	create: createRoute({
		...write,
		method: 'post',
		path: '/',
		summary: 'Create a test case',
		description:
			'With `from_session`, personal details of the visitor are replaced by invented ones.',
		request: { body: body(caseInput) },
		...documentErrors('not_found'),
		responses: { 201: json(testCase, 'The test case') },
	}),
	export: createRoute({
		...read,
		method: 'get',
		path: '/export',
		summary: 'Export test cases',
		description: 'Exports the test cases of a site or of one of its suites, oldest first.',
		request: { query: caseExportQuery },
		...documentErrors('not_found'),
		responses: {
			200: json(caseExport, 'The test cases, as `POST /api/cases/import` accepts them'),
		},
	}),
	import: createRoute({
		...write,
		method: 'post',
		path: '/import',
		summary: 'Import test cases',
		description: 'Creates all test cases or none.',
		request: { body: body(caseImport) },
		...documentErrors('not_found'),
		responses: { 201: json(caseImported, 'The ids of the created test cases') },
	}),
	get: createRoute({
		...read,
		method: 'get',
		path: '/{id}',
		summary: 'Get a test case',
		request: { params },
		responses: { 200: json(testCase, 'The test case') },
	}),
	update: createRoute({
		...write,
		method: 'patch',
		path: '/{id}',
		summary: 'Update a test case',
		description: 'Runs that have started use the previous version.',
		request: { params, body: body(caseUpdate) },
		responses: { 200: json(testCase, 'The test case') },
	}),
	delete: createRoute({
		...write,
		method: 'delete',
		path: '/{id}',
		summary: 'Delete a test case',
		description: 'The results of past runs are kept.',
		request: { params },
		responses: { 204: { description: 'The test case is deleted' } },
	}),
};

/** Returns the routes of test cases. */
export function caseRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(cases.list, async (c) => c.json(await listCases(c.var.ctx, c.req.valid('query')), 200))
		.openapi(cases.create, async (c) =>
			c.json(await createCase(c.var.ctx, c.req.valid('json')), 201),
		)
		.openapi(cases.export, async (c) =>
			c.json(await exportCases(c.var.ctx, c.req.valid('query')), 200),
		)
		.openapi(cases.import, async (c) =>
			c.json(await importCases(c.var.ctx, c.req.valid('json')), 201),
		)
		.openapi(cases.get, async (c) => c.json(await getCase(c.var.ctx, c.req.valid('param').id), 200))
		.openapi(cases.update, async (c) =>
			c.json(await updateCase(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
		)
		.openapi(cases.delete, async (c) => {
			await deleteCase(c.var.ctx, c.req.valid('param').id);
			return c.body(null, 204);
		});
}

const draft = createRoute({
	...read,
	method: 'get',
	path: '/{session_id}/case',
	summary: 'Draft a test case from a chat',
	description:
		'Returns the content that `POST /api/cases` would store, so that it can be edited first. Also requires `sessions:read`.',
	request: { params: sessionParam },
	...documentErrors('invalid'),
	responses: { 200: json(caseDraft, 'The draft, with the replaced values') },
});

const preview = createRoute({
	...read,
	method: 'post',
	path: '/{session_id}/case',
	summary: 'Preview a test case from a chat',
	description:
		'Returns the content in the body as `POST /api/cases` with `from_session` would store it, with the replaced values. Also requires `sessions:read`.',
	request: { params: sessionParam, body: body(caseContent) },
	responses: { 200: json(casePreview, 'The content as it would be stored') },
});

/** Returns the routes that draft and preview a test case from a chat session. */
export function caseDraftRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(draft, async (c) =>
			c.json(await draftCase(c.var.ctx, c.req.valid('param').session_id), 200),
		)
		.openapi(preview, async (c) => {
			const { session_id } = c.req.valid('param');
			return c.json(await previewCase(c.var.ctx, session_id, c.req.valid('json')), 200);
		});
}
