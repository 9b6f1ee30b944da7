import { beforeAll, expect } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { ERROR_STATUS, problem, type ErrorCode, type Problem } from '#lib/contract/problem.ts';
import { createApiKey } from '#lib/server/team/api-keys/index.ts';
import { createApi } from '#lib/server/api/index.ts';
import { API_KEY } from './server-api.ts';
import { useTestApp } from './app.ts';

export interface CallOptions {
	/** Sent as X-API-Key, by default the full-access key; `null` sends none. */
	key?: string | null;
	/** Sent as JSON. */
	body?: unknown;
	headers?: Record<string, string>;
	/** Sent as is, instead of `body`. */
	raw?: BodyInit;
	/** Aborts when the client disconnects. */
	signal?: AbortSignal;
}

/** The HTTP API on its own database, for one test file. Calls use the full-access key by default. */
export function useTestApi(environment: Record<string, string> = {}) {
	const t = useTestApp({ API_KEY: API_KEY, ...environment });
	let api: ReturnType<typeof createApi>;
	const readiness = { database: true, redis: true };
	beforeAll(() => {
		api = createApi(t.app, { checkReadiness: () => Promise.resolve({ ...readiness }) });
	});
	const call = async (
		method: string,
		path: string,
		options: CallOptions = {},
	): Promise<Response> => {
		const { key = API_KEY, body, raw, signal, headers = {} } = options;
		return api.request(path, {
			method,
			signal,
			headers: {
				...(key !== null && { 'X-API-Key': key }),
				...(body !== undefined && { 'Content-Type': 'application/json' }),
				...headers,
			},
			body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
			...(raw instanceof ReadableStream && { duplex: 'half' }),
		});
	};
	return {
		t,
		call,
		readiness,
		routes: () => api.routes,
		/** Creates a key with exactly these scopes. */
		async createKeyFor(...scopes: Scope[]): Promise<string> {
			const { key } = await createApiKey(t.ctx(), { name: scopes.join(' ').slice(0, 100), scopes });
			return key;
		},
	};
}

/** Checks that a response is this problem, in the shape and with the headers that every problem has. */
export async function expectProblem(response: Response, code: ErrorCode): Promise<Problem> {
	expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
	expect(response.headers.get('X-Request-Id')).toMatch(/^[\w.:-]+$/);
	const body = problem.parse(await response.json());
	expect({ status: response.status, type: body.type, detail: body.detail }).toEqual({
		status: ERROR_STATUS[code],
		type: `urn:frontdesk:problem:${code}`,
		detail: expect.stringMatching(/\S/) as unknown,
	});
	expect(body.status).toBe(response.status);
	return body;
}
