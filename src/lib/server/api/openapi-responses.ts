import type { RouteConfig } from '@hono/zod-openapi';
import { ERROR_STATUS, type ErrorCode, problem } from '#lib/contract/problem.ts';
import type { Content, JsonSchemas } from './json-schemas.ts';

const DESCRIPTIONS: Partial<Record<ErrorCode, string>> = {
	bad_request: 'The body is not valid JSON',
	unauthorized: 'The API key or token is missing or invalid',
	forbidden: 'The API key lacks the scope, or the origin is not allowed',
	not_found: 'The resource does not exist',
	conflict: "The resource's state does not allow this",
	payload_too_large: 'The body is larger than 1 MiB',
	unsupported_media_type: 'The body is not `application/json`',
	invalid: 'One or more values are invalid; see `errors`',
	rate_limited: 'Too many requests; retry after `Retry-After` seconds',
};

/** Returns the problems that a route may respond with, derived from its inputs and security. */
export function problemsOf(route: RouteConfig, schemas: JsonSchemas): Record<string, Content> {
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
	];
	const content = { 'application/problem+json': { schema: schemas.of(problem, 'output') } };
	return Object.fromEntries(
		codes.map((code) => [ERROR_STATUS[code], { description: DESCRIPTIONS[code] ?? '', content }]),
	);
}

const header = (description: string) => ({ description, schema: { type: 'integer' } });

/** The rate-limit headers, as components of the document. */
export const HEADERS = {
	'RateLimit-Limit': header('Requests allowed per window'),
	'RateLimit-Remaining': header('Requests left in the window'),
	'RateLimit-Reset': header('Seconds until the window resets'),
	'Retry-After': header('Seconds to wait before retrying'),
};
const headerRefs = (...names: (keyof typeof HEADERS)[]) =>
	Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
const LIMITED = headerRefs('RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset');

/** Adds the headers that a route sends while RATE_LIMIT is on to its responses. */
export function withHeaders(
	{ path, security = [] }: RouteConfig,
	responses: Record<string, Content>,
): Record<string, Content> {
	if (!responses['429']) return responses;
	const isWidget = path.startsWith('/api/embed-chat/') || security.length === 0;
	// Widget calls are counted once they are valid; bodies that are too large are never counted.
	const isCounted = (status: string) => (isWidget ? /^(2..|429)$/.test(status) : status !== '413');
	const entries = Object.entries(responses).map<[string, Content]>(([status, response]) => {
		if (!isCounted(status)) return [status, response];
		const headers = status === '429' ? { ...LIMITED, ...headerRefs('Retry-After') } : LIMITED;
		return [status, { ...response, headers }];
	});
	return Object.fromEntries(entries);
}
