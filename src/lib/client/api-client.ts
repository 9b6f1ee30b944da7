import { z } from 'zod';
import { bulkResult, type BulkInput, type BulkResult } from '#lib/contract/bulk.ts';
import { pageOf, type Page } from '#lib/contract/common.ts';
import { delivery, type Delivery } from '#lib/contract/delivery.ts';
import { problem, type FieldError, type Problem } from '#lib/contract/problem.ts';
import type { ReviewInput } from '#lib/contract/review.ts';
import {
	savedFilter,
	type SavedFilter,
	type SavedFilterInput,
	type SavedFilterPatch,
} from '#lib/contract/saved-filter.ts';
import {
	session,
	sessionCounts,
	transcript,
	type Session,
	type SessionCounts,
	type SessionPatch,
	type Transcript,
} from '#lib/contract/session.ts';
import { overview, type Overview } from '#lib/contract/overview.ts';
import { statistics, type Statistics } from '#lib/contract/statistics.ts';

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

export const api = {
	listSessions: (query: Record<string, string>): Promise<Page<Session>> =>
		call(pageOf(session), 'GET', `/api/sessions?${new URLSearchParams(query).toString()}`),
	countSessions: (query: Record<string, string>): Promise<SessionCounts> =>
		call(sessionCounts, 'GET', `/api/sessions/counts?${new URLSearchParams(query).toString()}`),
	changeSessions: (input: BulkInput): Promise<BulkResult> =>
		call(bulkResult, 'POST', '/api/sessions/bulk', input),
	createSavedFilter: (input: SavedFilterInput): Promise<SavedFilter> =>
		call(savedFilter, 'POST', '/api/saved-filters', input),
	updateSavedFilter: (id: number, patch: SavedFilterPatch): Promise<SavedFilter> =>
		call(savedFilter, 'PATCH', `/api/saved-filters/${id}`, patch),
	deleteSavedFilter: (id: number): Promise<unknown> =>
		call(z.unknown(), 'DELETE', `/api/saved-filters/${id}`),
	getTranscript: (id: string): Promise<Transcript> => call(transcript, 'GET', sessionPath(id)),
	updateSession: (id: string, patch: SessionPatch): Promise<Session> =>
		call(session, 'PATCH', sessionPath(id), patch),
	submitReview: (id: string, input: ReviewInput): Promise<Session> =>
		call(session, 'POST', `${sessionPath(id)}/qa`, input),
	listDeliveries: (id: string): Promise<Page<Delivery>> =>
		call(pageOf(delivery), 'GET', `/api/deliveries?session_id=${encodeURIComponent(id)}&limit=20`),
	getStatistics: (query: Record<string, string>): Promise<Statistics> =>
		call(statistics, 'GET', `/api/stats?${new URLSearchParams(query).toString()}`),
	getOverview: (query: Record<string, string>): Promise<Overview> =>
		call(overview, 'GET', `/api/stats/overview?${new URLSearchParams(query).toString()}`),
};

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
