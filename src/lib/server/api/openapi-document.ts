import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { authCookieName } from '../team/auth/index.ts';
import type { ApiEnv } from './env.ts';
import { type Content, JsonSchemas, type MediaTypes } from './json-schemas.ts';
import { exampleOf } from './openapi-examples.ts';
import { HEADERS, withHeaders } from './openapi-headers.ts';
import { problemsOf } from './openapi-problems.ts';

export interface Parameter {
	name: string;
	in: 'path' | 'query';
	required: boolean;
	schema: unknown;
	example?: unknown;
}
export interface Operation {
	tags: string[];
	summary: string;
	description?: string;
	security: Record<string, string[]>[];
	parameters: Parameter[];
	requestBody?: { required: boolean; content: MediaTypes };
	responses: Record<string, Content>;
}
export type OpenApiDocument = ReturnType<typeof makeDocument>;

const securitySchemes = (publicUrl: string) => ({
	apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
	bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
	authSession: {
		type: 'apiKey',
		in: 'cookie',
		name: authCookieName({ publicUrl }),
		description: 'A person of the team; what changes state needs an Origin header of this server',
	},
	visitorToken: { type: 'http', scheme: 'bearer', description: "A chat session's token" },
});

const INTRODUCTION = `Send an API key (Settings, API keys) as \`X-API-Key\` or as \`Authorization: Bearer\`. Bodies are JSON in UTF-8,
times are ISO 8601 in UTC.

Lists are pages, newest first: pass \`next_cursor\` as \`cursor\` until it is null. Errors are \`application/problem+json\`
with \`title\`, \`detail\` and, for invalid fields, \`errors\`. After a 429, wait for \`Retry-After\` seconds.`;

/**
 * The OpenAPI 3.1 document of all routes. Zod's own JSON Schema is used in place of zod-openapi's generator, which knows
 * neither the contract's ids nor the limits of text that is cleaned first.
 */
export function makeDocument(api: OpenAPIHono<ApiEnv>, publicUrl: string) {
	const schemas = new JsonSchemas();
	const paths: Record<string, Record<string, Operation>> = {};
	for (const definition of api.openAPIRegistry.definitions) {
		if (definition.type !== 'route') continue;
		const { route } = definition;
		paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, schemas) };
	}
	addExamples(paths, schemas);
	return {
		openapi: '3.1.0',
		info: {
			title: 'Frontdesk API',
			version: '1',
			description: INTRODUCTION,
		},
		servers: [{ url: publicUrl }],
		paths,
		components: {
			schemas: schemas.components,
			headers: HEADERS,
			securitySchemes: securitySchemes(publicUrl),
		},
	};
}

/** Only now are all schemas known that examples are made of. */
function addExamples(
	paths: Record<string, Record<string, Operation>>,
	{ components }: JsonSchemas,
): void {
	for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
		for (const parameter of operation.parameters) {
			parameter.example = exampleOf(parameter.schema, components, parameter.name);
		}
		const bodies = [operation.requestBody, ...Object.values(operation.responses)];
		for (const [type, media] of bodies.flatMap((body) => Object.entries(body?.content ?? {}))) {
			if (type === 'application/json') media.example = exampleOf(media.schema, components);
		}
	}
}

function operationOf(route: RouteConfig, schemas: JsonSchemas): Operation {
	const { request = {}, summary = '', description, tags = [], security = [] } = route;
	const body = request.body?.content;
	return {
		tags,
		summary,
		...(description && { description }),
		security,
		parameters: [
			...parametersOf(request.params, 'path', schemas),
			...parametersOf(request.query, 'query', schemas),
		],
		...(body && { requestBody: { required: true, content: contentOf(body, 'input', schemas) } }),
		responses: responsesOf(route, schemas),
	};
}

function responsesOf(route: RouteConfig, schemas: JsonSchemas): Record<string, Content> {
	const own = Object.entries(route.responses).map(
		([status, response]) => [status, responseOf(response, schemas)] as const,
	);
	return withHeaders(route, { ...Object.fromEntries(own), ...problemsOf(route, schemas) });
}

function parametersOf(given: unknown, where: 'path' | 'query', schemas: JsonSchemas): Parameter[] {
	if (!(given instanceof z.ZodObject)) return [];
	return Object.entries<z.ZodType>(given.shape).map(([name, schema]) => ({
		name,
		in: where,
		required: where === 'path' || !schema.safeParse(undefined).success,
		schema: schemas.of(schema, 'input'),
	}));
}

function contentOf(content: object, io: 'input' | 'output', schemas: JsonSchemas) {
	return Object.fromEntries(
		Object.entries<{ schema?: unknown }>({ ...content }).map(([type, { schema }]) => [
			type,
			{ schema: schema instanceof z.ZodType ? schemas.of(schema, io) : {} },
		]),
	);
}

function responseOf(response: RouteConfig['responses'][string], schemas: JsonSchemas): Content {
	const description = 'description' in response ? (response.description ?? '') : '';
	const content = 'content' in response ? response.content : undefined;
	return { description, ...(content && { content: contentOf(content, 'output', schemas) }) };
}
