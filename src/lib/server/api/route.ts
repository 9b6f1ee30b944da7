import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { z } from 'zod';
import { sessionId, urlInteger } from '#lib/contract/common.ts';
import type { ErrorCode } from '#lib/contract/problem.ts';
import type { Ctx } from '../core/context.ts';

/** The context of every handler, with the caller and the request id, which also appears in the log. */
export interface ApiEnv {
	Bindings: Partial<HttpBindings>;
	Variables: { ctx: Ctx; request_id: string };
}

export type ApiContext = Context<ApiEnv>;

/** Describes a JSON response. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
	description,
	content: { 'application/json': { schema } },
});

/** Describes a JSON request body. */
export const body = <T extends z.ZodType>(schema: T) => ({
	required: true,
	content: { 'application/json': { schema } },
});

/** Describes a JSON request body that may be missing. */
export const optionalBody = <T extends z.ZodType>(schema: T) => ({
	...body(schema),
	required: false as const,
});

/** Documents errors that don't follow from a route's inputs and security, such as 404 for a site that the body names. */
export const documentErrors = (...codes: ErrorCode[]) => ({ 'x-errors': codes });

/** The chat session in a path, by public or numeric id. */
export const sessionParam = z.object({
	session_id: z.union([sessionId, z.string().regex(/^\d{1,15}$/)]),
});

/** The numeric id of any other resource in a path. */
export const numberParam = urlInteger(1);

/** Streams chunks of text as a body with backpressure, and stops the generator when the client disconnects. */
export function toTextStream(
	chunks: AsyncGenerator<string, void, void>,
): ReadableStream<Uint8Array> {
	return new ReadableStream<string>({
		async pull(client) {
			const { done, value } = await chunks.next();
			if (done) client.close();
			else client.enqueue(value);
		},
		async cancel() {
			await chunks.return();
		},
	}).pipeThrough(new TextEncoderStream());
}
