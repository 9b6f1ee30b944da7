import type { z } from 'zod';
import { transcript, type Transcript } from '#lib/contract/session.ts';
import type { SiteUpdate } from '#lib/contract/site-settings.ts';

/** The full-access key that servers in tests get from their environment. */
export const API_KEY = 'a full-access key for tests';

/** The first admin of a server that a test starts. */
export const ADMIN = { email: 'ada@example.com', password: 'tangerine orbit 7' };
export const ADMIN_ENVIRONMENT = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };

/** Calls a running server's API with the full-access key. Throws when the server refuses. */
export async function callApi<T>(
	url: string,
	method: string,
	path: string,
	body?: unknown,
): Promise<T> {
	const response = await fetch(`${url}/api/${path}`, {
		method,
		headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
	return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Reads from a running server's API and parses the answer with a schema of the contract. */
export async function readApi<T extends z.ZodType>(
	url: string,
	path: string,
	schema: T,
): Promise<z.infer<T>> {
	return schema.parse(await callApi(url, 'GET', path));
}

export const readTranscript = (url: string, session_id: string): Promise<Transcript> =>
	readApi(url, `sessions/${session_id}`, transcript);

/** Returns the value of a running server's metric, by its name and labels. 0 if it has none yet. */
export async function readMetric(url: string, metric: string): Promise<number> {
	const text = await (await fetch(`${url}/metrics`)).text();
	const line = text.split('\n').find((text) => text.startsWith(`${metric} `));
	return Number(line?.slice(metric.length) ?? 0);
}

/** Creates a site with these settings on a running server. Returns its key. */
export async function createSiteAt(url: string, name: string, update: SiteUpdate): Promise<string> {
	const { key } = await callApi<{ key: string }>(url, 'POST', 'sites', { name });
	await callApi(url, 'PATCH', `sites/${key}`, update);
	return key;
}

/** Signs in with the form of the sign-in page, as the admin by default. Returns the Cookie header. */
export async function signInAt(url: string, credentials = ADMIN): Promise<string> {
	const response = await fetch(`${url}/login`, {
		method: 'POST',
		headers: { origin: url },
		body: new URLSearchParams(credentials),
		redirect: 'manual',
	});
	const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
	if (!cookie) throw new Error(`signing in failed with status ${response.status}`);
	return cookie;
}
