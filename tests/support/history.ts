import { expect, vi } from 'vitest';
import type { z } from 'zod';
import { pageOf } from '#lib/contract/common.ts';
import { session, transcript, type Transcript } from '#lib/contract/session.ts';
import { API_KEY } from './api-key.ts';
import type { Visitor } from './visitor.ts';

/** An answer of a server's API, checked by the contract. */
export async function read<T extends z.ZodType>(
	url: string,
	route: string,
	schema: T,
): Promise<z.infer<T>> {
	const response = await fetch(url + route, { headers: { 'x-api-key': API_KEY } });
	return schema.parse(await response.json());
}

export const transcriptOf = (url: string, { session_id }: Visitor): Promise<Transcript> =>
	read(url, `/api/sessions/${session_id}`, transcript);

/**
 * That what these visitors were acknowledged is stored, once, in their order and with the same words; that nothing else
 * is stored of them but what they may have sent; that each sees everything; and that there are no other chat sessions.
 */
export async function expectNothingLost(url: string, visitors: Visitor[]): Promise<void> {
	const { items } = await read(url, '/api/sessions?limit=200', pageOf(session));
	expect(items.map(({ session_id }) => session_id).sort()).toEqual(
		visitors.map(({ session_id }) => session_id).sort(),
	);
	for (const visitor of visitors) {
		const { messages, session: counted } = await transcriptOf(url, visitor);
		const own = messages.filter(({ sender }) => sender === 'visitor');
		const stored = new Map(own.map((message) => [message.client_message_id, message]));
		expect(stored.size).toBe(own.length);
		const expected = visitor.journal.filter(
			({ id, client_message_id }) => id !== undefined || stored.has(client_message_id),
		);
		expect(own.map(({ client_message_id, message }) => ({ client_message_id, message }))).toEqual(
			expected.map(({ client_message_id, message }) => ({ client_message_id, message })),
		);
		for (const { id, client_message_id } of expected) {
			if (id !== undefined) expect(stored.get(client_message_id)?.id).toBe(id);
		}
		expect(counted).toMatchObject({
			message_count: messages.length,
			visitor_message_count: own.length,
			ai_message_count: messages.filter(({ sender }) => sender === 'ai').length,
		});
		await vi.waitFor(
			() =>
				expect([...visitor.messages.keys()].sort((a, b) => a - b)).toEqual(
					messages.map(({ id }) => id),
				),
			20_000,
		);
	}
}
