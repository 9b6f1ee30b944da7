import { API_KEY } from './api-key.ts';
import type { SiteUpdate } from '#lib/contract/site-settings.ts';

/** Asks a running server's API with the full-access key; throws when it refuses. */
export async function askApi<T>(
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
	return (await response.json()) as T;
}

/** A site of a running server, set as given; gives its key. */
export async function makeSiteAt(url: string, name: string, update: SiteUpdate): Promise<string> {
	const { key } = await askApi<{ key: string }>(url, 'POST', 'sites', { name });
	await askApi(url, 'PATCH', `sites/${key}`, update);
	return key;
}
