import { hc, parseResponse, type ClientResponse } from 'hono/client';
import { capitalize } from '#lib/contract/constants.ts';
import type { FieldError, Problem } from '#lib/contract/problem.ts';
import type { DashboardApi } from '#lib/server/api/index.ts';

/** A failed request. Its message can be shown to the user. */
export class ApiError extends Error {
	override name = 'ApiError';
	/** 0 when no response arrived. */
	readonly status: number;
	readonly errors: readonly FieldError[];

	constructor(status: number, message: string, errors: readonly FieldError[] = []) {
		super(message);
		this.status = status;
		this.errors = errors;
	}
}

let promptForPassword: (() => Promise<boolean>) | undefined;

/** Sets the password prompt for actions that need a recent sign-in. The prompt resolves to whether the user confirmed. */
export function setPasswordPrompt(prompt: () => Promise<boolean>): void {
	promptForPassword = prompt;
}

let signedOutCallback: (() => void) | undefined;

/** Registers a callback for when a response shows that the auth session has ended. Returns a function that removes it. */
export function onSignedOut(callback: () => void): () => void {
	signedOutCallback = callback;
	return () => (signedOutCallback = undefined);
}

/**
 * The HTTP API, typed by the server's routes: `api.sessions[':session_id'].$get({ param })`. IDs and keys in
 * paths are URL-safe by their schemas, so nothing is escaped here.
 */
export const { api } = hc<DashboardApi>('', {
	fetch: send,
	headers: { accept: 'application/json' },
});

/** Resolves to the response body, or `undefined` if there is none. Throws `ApiError` unless the request succeeds. */
export async function call<T extends ClientResponse<unknown>>(response: Promise<T>) {
	try {
		return await parseResponse(response);
	} catch (error) {
		throw error instanceof ApiError ? error : createUnexpectedResponseError();
	}
}

/** Sends a request, and retries it after the user confirms their password. Throws `ApiError` unless it succeeds. */
async function send(url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
	const response = await fetch(url, init).catch(() => {
		throw new ApiError(0, `Couldn’t reach the server. ${getNextStep(init.method)}`);
	});
	if (response.ok && response.status !== 204 && !isJson(response))
		throw createUnexpectedResponseError();
	if (response.ok) return response;
	const body: unknown = await response.json().catch(() => undefined);
	if (needsConfirmation(body) && (await promptForPassword?.())) return send(url, init);
	if (response.status === 401) signedOutCallback?.();
	const errors = isProblem(body) ? body.errors : undefined;
	throw new ApiError(response.status, formatProblem(response.status, body, init.method), errors);
}

/** Returns what to do after a request whose outcome is unknown: a change may have been saved although the response is missing. */
const getNextStep = (method = 'GET') =>
	method === 'GET' ? 'Try again.' : 'Check whether your change was saved, then try again.';

const createUnexpectedResponseError = () =>
	new ApiError(200, 'The server sent an unexpected response. Reload the page.');

const isJson = ({ headers }: Response) =>
	headers.get('content-type')?.startsWith('application/json') ?? false;

/** Returns whether the response body comes from Frontdesk rather than from a proxy. */
const isProblem = (body: unknown): body is Problem =>
	typeof body === 'object' && body !== null && 'detail' in body && 'title' in body;

const needsConfirmation = (body: unknown) =>
	isProblem(body) && body.type === 'urn:frontdesk:problem:confirmation_required';

/** Returns the message to show for a failed response: its first field error or its detail, but a generic one for server errors and proxies. */
export function formatProblem(status: number, body: unknown, method?: string): string {
	if (status === 401) return 'You’re signed out. Sign in again to continue.';
	if (!isProblem(body) || status >= 500) {
		return `Something went wrong on the server. ${getNextStep(method)}`;
	}
	return toSentence(getMessage(body));
}

function getMessage({ errors, detail, title }: Problem): string {
	return errors?.[0]?.message ?? (detail || title);
}

/** Capitalizes the text and ends it with a period. */
export function toSentence(message: string): string {
	const capitalized = capitalize(message.trim());
	return /[.!?]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}

/** Returns the message for a field, or for a value nested in it. `errors` holds messages by dotted path. */
export const findFieldError = (errors: Readonly<Record<string, string>>, path: string) =>
	Object.entries(errors).find(([field]) => field === path || field.startsWith(`${path}.`))?.[1];

/** Returns the message to show for any caught error. */
export function formatError(error: unknown): string {
	return error instanceof Error && error.message
		? toSentence(error.message)
		: 'Something went wrong. Try again.';
}

/** Returns a version 4 UUID; unlike `crypto.randomUUID` it also works outside a secure context. */
export function createRandomId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
	const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
