import type { z } from 'zod';
import { problem, type FieldError, type Problem } from '#lib/contract/problem.ts';

/** A request that failed; the message is a sentence for the person who made it. */
export class ApiError extends Error {
	override name = 'ApiError';
	/** 0 when no answer came at all. */
	readonly status: number;
	/** What was wrong with which field. */
	readonly errors: readonly FieldError[];

	constructor(status: number, message: string, errors: readonly FieldError[] = []) {
		super(message);
		this.status = status;
		this.errors = errors;
	}
}

let confirmer: (() => Promise<boolean>) | undefined;

/** Sets how a person is asked for their password when an act needs a recent sign-in. */
export function setConfirmer(ask: () => Promise<boolean>): void {
	confirmer = ask;
}

let signedOut: (() => void) | undefined;

/** Called when an answer says that the auth session has ended. */
export function onSignedOut(callback: () => void): () => void {
	signedOut = callback;
	return () => (signedOut = undefined);
}

export type Query = Record<string, string>;
export const queryOf = (query: Query) => new URLSearchParams(query).toString();

export const sessionPath = (id: string) => `/api/sessions/${encodeURIComponent(id)}`;

/** Asks the HTTP API; throws ApiError. An answer without a body is undefined. */
export async function call<T>(
	schema: z.ZodType<T>,
	method: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE',
	path: string,
	body?: unknown,
): Promise<T> {
	const response = await fetch(path, {
		method,
		headers: { accept: 'application/json', ...(body !== undefined && JSON_BODY) },
		...(body !== undefined && { body: JSON.stringify(body) }),
	}).catch(() => {
		throw new ApiError(0, 'The server cannot be reached. Nothing was changed.');
	});
	const answer: unknown = await response.json().catch(() => undefined);
	if (needsConfirmation(answer) && (await confirmer?.())) return call(schema, method, path, body);
	if (response.status === 401) signedOut?.();
	if (!response.ok) {
		const { errors } = problem.safeParse(answer).data ?? {};
		throw new ApiError(response.status, sentenceFor(response.status, answer), errors);
	}
	const parsed = schema.safeParse(answer);
	if (!parsed.success) {
		throw new ApiError(
			response.status,
			'The server answered in an unexpected way. Reload the page.',
		);
	}
	return parsed.data;
}

const needsConfirmation = (answer: unknown) =>
	problem.safeParse(answer).data?.type === 'urn:frontdesk:problem:confirmation_required';

const JSON_BODY = { 'content-type': 'application/json' };

/** What a problem says, as a sentence; what the server keeps to itself gets plain words. */
export function sentenceFor(status: number, answer: unknown): string {
	if (status === 401) return 'You are signed out. Sign in again to go on.';
	const parsed = problem.safeParse(answer);
	if (!parsed.success || status >= 500) {
		return 'Something went wrong on the server. Nothing was changed; try again.';
	}
	return asSentence(wordsOf(parsed.data));
}

function wordsOf(told: Problem): string {
	const [first] = told.errors ?? [];
	return first ? first.message : told.detail || told.title;
}

export function asSentence(words: string): string {
	const text = words.trim();
	const capital = text.charAt(0).toUpperCase() + text.slice(1);
	return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** The sentence of any failure. */
export function sentenceOf(error: unknown): string {
	return error instanceof Error && error.message
		? asSentence(error.message)
		: 'Something went wrong. Try again.';
}

/** A version 4 UUID; also where the page is not in a secure context and `crypto.randomUUID` is missing. */
export function randomId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
	const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
