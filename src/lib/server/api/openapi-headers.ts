import type { RouteConfig } from '@hono/zod-openapi';
import type { Content } from './json-schemas.ts';

const header = (description: string) => ({ description, schema: { type: 'integer' } });

/** What answers tell of limits, as components of the document. */
export const HEADERS = {
	'RateLimit-Limit': header('How many requests the limit allows'),
	'RateLimit-Remaining': header('How many of them are left'),
	'RateLimit-Reset': header('Seconds until all are back'),
	'Retry-After': header('Seconds to wait before the next try'),
};
const refer = (...names: (keyof typeof HEADERS)[]) =>
	Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
const LIMITED = refer('RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset');

/** The answers of a route with the headers that they have while RATE_LIMIT is on. */
export function withHeaders(
	{ path, security = [] }: RouteConfig,
	responses: Record<string, Content>,
): Record<string, Content> {
	if (!responses['429']) return responses;
	const isWidget = path.startsWith('/api/embed-chat/') || security.length === 0;
	// A widget's call is counted once it is known to be well-formed, and nothing counts a body that is too large.
	const isCounted = (status: string) => (isWidget ? /^(2..|429)$/.test(status) : status !== '413');
	const entries = Object.entries(responses).map<[string, Content]>(([status, response]) => {
		if (!isCounted(status)) return [status, response];
		const headers = status === '429' ? { ...LIMITED, ...refer('Retry-After') } : LIMITED;
		return [status, { ...response, headers }];
	});
	return Object.fromEntries(entries);
}
