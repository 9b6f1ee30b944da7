import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode, problem } from '#lib/contract/problem.ts';
import guide from '../../../../docs/api.md?raw';
import { formatSize, getMaxBodySize } from '../core/http-guard/index.ts';
import { getAuthCookieName } from '../team/auth/index.ts';
import { JsonSchemas, type MediaTypes, type OpenApiResponse } from './json-schemas.ts';
import { createExample } from './openapi-examples.ts';
import type { ApiEnv } from './route.ts';

interface Parameter {
	name: string;
	in: 'path' | 'query';
	required: boolean;
	schema: unknown;
	example?: unknown;
}
interface Operation {
	tags: string[];
	summary: string;
	description?: string;
	security: Record<string, string[]>[];
	parameters: Parameter[];
	requestBody?: { required: boolean; content: MediaTypes };
	responses: Record<string, OpenApiResponse>;
}
export type OpenApiDocument = ReturnType<typeof createOpenApiDocument>;

const createSecuritySchemes = (publicUrl: string) => ({
	apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
	bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
	authSession: {
		type: 'apiKey',
		in: 'cookie',
		name: getAuthCookieName({ publicUrl }),
		description:
			"A signed-in user. Requests that change state require an Origin header with this server's origin.",
	},
	visitorToken: { type: 'http', scheme: 'bearer', description: "A chat session's token" },
});

/** Creates the introduction from docs/api.md, without its title and with this server's URL. */
const createIntroduction = (publicUrl: string) =>
	guide
		.replace(/^# .*\n/, '')
		.trim()
		.replaceAll('https://frontdesk.example.com', publicUrl);

/** The groups of routes, in the order of the reference. */
const TAGS = {
	Widget: 'Embed the chat: configuration, messages and history of a visitor',
	'Chat sessions': 'List, read, change, archive and delete chats and their messages',
	Handoffs: 'Requests for a person, takeovers and handing back to the AI',
	Leads: 'Visitors’ details, follow-up and outcomes',
	Visitors: 'Find, export and erase everything about a visitor',
	Reviews: 'Quality reviews of chats, and the flags of automatic checks',
	'Test cases and suites': 'Saved conversations, and their runs against an AI',
	'Test chats': 'Chats with a site’s AI that aren’t counted or delivered',
	Sites: 'Settings of each landing page',
	Challengers: 'Trials of a second AI for a share of new visitors',
	'AI turns': 'Calls to the AI, with their outcome, timing and trace',
	'Automation errors': 'Errors that workflows report',
	'Webhook endpoints': 'URLs that receive events, and the schemas of their payloads',
	Deliveries: 'Events sent to webhooks, with every attempt',
	Statistics: 'Counts and rates for a period',
	Notifications: 'Alerts, quiet hours and devices of a user',
	'Saved filters': 'Filters of the inbox that a user saved',
	'Canned replies': 'Prepared answers for agents',
	Users: 'Team members and invitations',
	'API keys': 'Access for workflows and other software',
	'Audit log': 'Who did what, and when',
	Mail: 'Sent emails and their status',
	Messenger: 'Connected Facebook Pages and their tokens',
	Conversation: 'Transcripts for existing n8n workflows',
	Sync: 'Import chats from n8n and complete missed ones',
	Health: 'Probes and metrics of this server',
	API: 'This reference and its OpenAPI document',
};

/**
 * Creates the OpenAPI 3.1 document of all routes. Uses zod's JSON Schema instead of zod-openapi's generator, which ignores
 * the contract's schema ids and the length limits of cleaned text.
 */
export function createOpenApiDocument(api: OpenAPIHono<ApiEnv>, publicUrl: string) {
	const schemas = new JsonSchemas();
	const paths: Record<string, Record<string, Operation>> = {};
	for (const definition of api.openAPIRegistry.definitions) {
		if (definition.type !== 'route') continue;
		const { route } = definition;
		paths[route.path] = { ...paths[route.path], [route.method]: toOperation(route, schemas) };
	}
	addExamples(paths, schemas);
	return {
		openapi: '3.1.0',
		info: {
			title: 'Frontdesk API',
			version: '1',
			description: createIntroduction(publicUrl),
		},
		servers: [{ url: publicUrl }],
		tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
		paths,
		components: {
			schemas: schemas.components,
			headers: HEADERS,
			securitySchemes: createSecuritySchemes(publicUrl),
		},
	};
}

/** Adds examples last, because they are derived from all collected schemas. */
function addExamples(
	paths: Record<string, Record<string, Operation>>,
	{ components }: JsonSchemas,
): void {
	for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
		for (const parameter of operation.parameters) {
			parameter.example = createExample(parameter.schema, components, parameter.name);
		}
		const bodies = [operation.requestBody, ...Object.values(operation.responses)];
		for (const [type, media] of bodies.flatMap((body) => Object.entries(body?.content ?? {}))) {
			if (type === 'application/json') media.example = createExample(media.schema, components);
		}
	}
}

function toOperation(route: RouteConfig, schemas: JsonSchemas): Operation {
	const { request = {}, summary = '', tags = [], security = [] } = route;
	const description = [route.description, describeAccess(security)].filter(Boolean).join('\n\n');
	const body = request.body?.content;
	return {
		tags,
		summary,
		...(description && { description }),
		security,
		parameters: [
			...toParameters(request.params, 'path', schemas),
			...toParameters(request.query, 'query', schemas),
		],
		...(body && { requestBody: { required: true, content: toContent(body, 'input', schemas) } }),
		responses: toResponses(route, schemas),
	};
}

/** Returns a sentence about the scope that an API key needs, because Swagger UI doesn't show it, or about rejected keys. */
function describeAccess(security: Operation['security']): string {
	const scopes = security.flatMap(({ apiKey = [] }) => apiKey);
	if (scopes.length > 0) return `Scope: ${scopes.map((scope) => `\`${scope}\``).join(', ')}`;
	const isForUsers = security.some((scheme) => 'authSession' in scheme);
	return isForUsers ? 'Requires a signed-in user. API keys are rejected.' : '';
}

function toResponses(route: RouteConfig, schemas: JsonSchemas): Record<string, OpenApiResponse> {
	const declared = Object.entries(route.responses).map(
		([status, response]) => [status, toResponse(response, schemas)] as const,
	);
	return addRateLimitHeaders(route, {
		...Object.fromEntries(declared),
		...createErrorResponses(route, schemas),
	});
}

function toParameters(
	object: unknown,
	location: 'path' | 'query',
	schemas: JsonSchemas,
): Parameter[] {
	if (!(object instanceof z.ZodObject)) return [];
	return Object.entries<z.ZodType>(object.shape).map(([name, schema]) => ({
		name,
		in: location,
		required: location === 'path' || !schema.safeParse(undefined).success,
		schema: schemas.toSchema(schema, 'input'),
	}));
}

function toContent(content: object, io: 'input' | 'output', schemas: JsonSchemas) {
	return Object.fromEntries(
		Object.entries<{ schema?: unknown }>({ ...content }).map(([type, { schema }]) => [
			type,
			{ schema: schema instanceof z.ZodType ? schemas.toSchema(schema, io) : {} },
		]),
	);
}

function toResponse(
	response: RouteConfig['responses'][string],
	schemas: JsonSchemas,
): OpenApiResponse {
	const description = 'description' in response ? (response.description ?? '') : '';
	const content = 'content' in response ? response.content : undefined;
	return { description, ...(content && { content: toContent(content, 'output', schemas) }) };
}

const ERROR_DESCRIPTIONS: Partial<Record<ErrorCode, string>> = {
	bad_request: 'The body is not valid JSON',
	unauthorized: 'The API key or token is missing or invalid',
	forbidden: 'The API key lacks the scope, or the origin is not allowed',
	not_found: 'The resource does not exist',
	conflict: "The resource's state does not allow this",
	unsupported_media_type: 'The body is not `application/json`',
	invalid: 'One or more values are invalid; see `errors`',
	rate_limited: 'Too many requests; retry after `Retry-After` seconds',
};

/** Returns the error responses of a route, derived from its inputs and security. */
function createErrorResponses(
	route: RouteConfig,
	schemas: JsonSchemas,
): Record<string, OpenApiResponse> {
	const { request, security, path, method } = route;
	const isWidget = path.startsWith('/api/embed-chat/');
	const codes: ErrorCode[] = [
		...(security ? (['unauthorized', 'forbidden'] as const) : []),
		...(isWidget ? (['forbidden', 'not_found'] as const) : []),
		...(request?.params ? (['not_found'] as const) : []),
		...((request?.params || security) && method !== 'get' ? (['conflict'] as const) : []),
		...(request?.body
			? (['bad_request', 'payload_too_large', 'unsupported_media_type', 'invalid'] as const)
			: []),
		...(request?.query ? (['invalid'] as const) : []),
		...(security || isWidget ? (['rate_limited'] as const) : []),
		...((route['x-errors'] as ErrorCode[] | undefined) ?? []),
	];
	const content = { 'application/problem+json': { schema: schemas.toSchema(problem, 'output') } };
	const descriptions = {
		...ERROR_DESCRIPTIONS,
		payload_too_large: `The body is larger than ${formatSize(getMaxBodySize(path))}`,
	};
	return Object.fromEntries(
		codes.map((code) => [ERROR_STATUS[code], { description: descriptions[code] ?? '', content }]),
	);
}

const createHeader = (description: string) => ({ description, schema: { type: 'integer' } });

/** The rate-limit headers, as components of the document. */
const HEADERS = {
	'RateLimit-Limit': createHeader('Requests allowed per window'),
	'RateLimit-Remaining': createHeader('Requests left in the window'),
	'RateLimit-Reset': createHeader('Seconds until the window resets'),
	'Retry-After': createHeader('Seconds to wait before retrying'),
};
const createHeaderRefs = (...names: (keyof typeof HEADERS)[]) =>
	Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
const RATE_LIMIT_HEADERS = createHeaderRefs(
	'RateLimit-Limit',
	'RateLimit-Remaining',
	'RateLimit-Reset',
);

/** Adds the rate-limit headers, sent while RATE_LIMIT is on, to a route's responses. */
function addRateLimitHeaders(
	{ path, security = [] }: RouteConfig,
	responses: Record<string, OpenApiResponse>,
): Record<string, OpenApiResponse> {
	if (!responses['429']) return responses;
	const isWidget = path.startsWith('/api/embed-chat/') || security.length === 0;
	// Widget calls count only if they are valid; bodies that are too large never count.
	const isCounted = (status: string) => (isWidget ? /^(2..|429)$/.test(status) : status !== '413');
	const entries = Object.entries(responses).map<[string, OpenApiResponse]>(([status, response]) => {
		if (!isCounted(status)) return [status, response];
		const headers =
			status === '429'
				? { ...RATE_LIMIT_HEADERS, ...createHeaderRefs('Retry-After') }
				: RATE_LIMIT_HEADERS;
		return [status, { ...response, headers }];
	});
	return Object.fromEntries(entries);
}
