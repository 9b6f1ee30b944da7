import { beforeAll, expect } from 'vitest';
import type { Scope } from '#lib/contract/api-key.ts';
import { ERROR_STATUS, problem, type ErrorCode, type Problem } from '#lib/contract/problem.ts';
import { createApiKey } from '#lib/server/team/api-keys/index.ts';
import { createApi } from '#lib/server/api/index.ts';
import { API_KEY } from './api-key.ts';
import { useTestApp } from './app.ts';

export const FULL_KEY = API_KEY;

/** What is asked for; `body` is sent as JSON, `key` as X-API-Key (null: none at all). */
export interface Call {
	key?: string | null;
	body?: unknown;
	headers?: Record<string, string>;
	/** The body as it is, in place of `body`. */
	raw?: BodyInit;
	/** Aborted when the client leaves. */
	signal?: AbortSignal;
}

/** The HTTP door on a database of its own, for one test file; calls have the full-access key unless they say otherwise. */
export function useTestApi(environment: Record<string, string> = {}) {
	const t = useTestApp({ API_KEY: FULL_KEY, ...environment });
	let api: ReturnType<typeof createApi>;
	const readiness = { database: true, redis: true };
	beforeAll(() => {
		api = createApi(t.app, { isReady: () => Promise.resolve({ ...readiness }) });
	});
	const call = async (method: string, path: string, options: Call = {}): Promise<Response> => {
		const { key = FULL_KEY, body, raw, signal, headers = {} } = options;
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
		/** A key with these scopes alone. */
		async keyFor(...scopes: Scope[]): Promise<string> {
			const { key } = await createApiKey(t.ctx(), { name: scopes.join(' '), scopes });
			return key;
		},
	};
}

/** That an answer is this problem, in the form that every problem has. */
export async function expectProblem(response: Response, code: ErrorCode): Promise<Problem> {
	expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
	expect(response.headers.get('X-Request-Id')).toMatch(/^[\w.:-]+$/);
	const told = problem.parse(await response.json());
	expect({ status: response.status, type: told.type, detail: told.detail }).toEqual({
		status: ERROR_STATUS[code],
		type: `urn:frontdesk:problem:${code}`,
		detail: expect.stringMatching(/\S/) as unknown,
	});
	expect(told.status).toBe(response.status);
	return told;
}
