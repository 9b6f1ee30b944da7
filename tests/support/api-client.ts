import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { expect } from 'vitest';
import { z } from 'zod';
import type { CallOptions } from './api.ts';

const media = z.record(
	z.string(),
	z.object({ schema: z.unknown(), example: z.unknown().optional() }),
);
const operation = z.object({
	security: z.array(z.record(z.string(), z.array(z.string()))),
	parameters: z.array(
		z.object({
			name: z.string(),
			in: z.enum(['path', 'query']),
			required: z.boolean(),
			example: z.unknown(),
		}),
	),
	requestBody: z.object({ content: media }).optional(),
	responses: z.record(
		z.string(),
		z.object({
			content: media.optional(),
			headers: z.record(z.string(), z.unknown()).default({}),
		}),
	),
});
export type Operation = z.infer<typeof operation>;
const openApi = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** A call with values for the parameters of a path such as `/api/sessions/{session_id}`. */
export interface ApiRequest extends CallOptions {
	params?: Record<string, string | number>;
	query?: Record<string, string | number>;
}

/** A response that matches the OpenAPI document. `as` parses its JSON with a schema of the contract. */
export interface ApiResponse {
	status: number;
	headers: Headers;
	json: unknown;
	as<T extends z.ZodType>(schema: T): z.output<T>;
}

type Send = (method: string, path: string, options?: CallOptions) => Promise<Response>;

/** Creates a client of the API that throws when a response doesn't match the OpenAPI document. */
export function createApiClient(document: unknown, send: Send) {
	const { paths } = openApi.parse(document);
	const ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
	ajv.addSchema(z.record(z.string(), z.unknown()).parse(document), 'openapi');
	const findOperation = (name: string): Operation => {
		const [method = '', path = ''] = name.split(' ');
		const found = paths[path]?.[method.toLowerCase()];
		if (!found) throw new Error(`the OpenAPI document has no ${name}`);
		return found;
	};
	/** Throws when a value doesn't match the schema at this path of the document. */
	const check = (schemaPath: string[], value: unknown): void => {
		const pointer = schemaPath.map((part) =>
			encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
		);
		const validate = ajv.compile({ $ref: `openapi#/${pointer.join('/')}` });
		if (!validate(value)) {
			throw new Error(
				`${schemaPath.join(' ')}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`,
			);
		}
	};
	return {
		operations: Object.entries(paths).flatMap(([path, methods]) =>
			Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
		),
		findOperation,
		check,
		/** Calls one operation, such as `GET /api/sessions`. */
		async request(
			name: string,
			{ params = {}, query = {}, ...call }: ApiRequest = {},
		): Promise<ApiResponse> {
			const [method = '', template = ''] = name.split(' ');
			const { responses } = findOperation(name);
			const path = template.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
				encodeURIComponent(String(params[key] ?? '')),
			);
			const search = new URLSearchParams(
				Object.entries(query).map(([key, value]) => [key, String(value)]),
			);
			const response = await send(method, search.size > 0 ? `${path}?${search}` : path, call);
			const { status, headers } = response;
			const text = await response.text();
			expect({ name, status, text }).toMatchObject({
				status: expect.toBeOneOf(Object.keys(responses).map(Number)) as number,
			});
			const { content, headers: documentedHeaders = {} } = responses[status] ?? {};
			const missing = Object.keys(documentedHeaders).filter((header) => !headers.has(header));
			expect([name, status, missing]).toEqual([name, status, []]);
			const type = headers.get('Content-Type')?.split(';')[0] ?? '';
			expect([name, type]).toEqual([name, expect.toBeOneOf(Object.keys(content ?? { '': null }))]);
			const json: unknown = /json$/.test(type) ? JSON.parse(text) : text;
			if (content) {
				const at = ['paths', template, method.toLowerCase(), 'responses', String(status)];
				check([...at, 'content', type, 'schema'], json);
			}
			return { status, headers, json, as: (schema) => schema.parse(json) };
		},
	};
}
export type ApiClient = ReturnType<typeof createApiClient>;
