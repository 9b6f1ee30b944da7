import type { RouteConfig } from '@hono/zod-openapi';
import { ERROR_STATUS, problem, type ErrorCode } from '#lib/contract/problem.ts';
import type { JsonSchemas } from './json-schemas.ts';
import type { Content } from './json-schemas.ts';

const WHY: Partial<Record<ErrorCode, string>> = {
	bad_request: 'The body is not JSON',
	unauthorized: 'No key, a wrong one, or a wrong token',
	forbidden: 'The key lacks the scope, or the page may not do this',
	not_found: 'There is no such thing',
	conflict: 'Its state does not permit this',
	payload_too_large: 'The body is larger than 1 MiB',
	unsupported_media_type: 'The body is not `application/json`',
	invalid: 'A value does not fit its schema; `errors` names each',
	rate_limited: 'Too many requests; come back after `Retry-After` seconds',
};

/** The problems that a route may answer with: what can go wrong follows from what a route takes. */
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
		codes.map((code) => [ERROR_STATUS[code], { description: WHY[code] ?? '', content }]),
	);
}
