import { z } from 'zod';
import { sessionId } from '#lib/contract/common.ts';

/** An answer in JSON, for a route's description. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
	description,
	content: { 'application/json': { schema } },
});

/** A body in JSON, for a route's description. */
export const body = <T extends z.ZodType>(schema: T) => ({
	required: true,
	content: { 'application/json': { schema } },
});

/** A chat session in a path: its public id, or the numeric one. */
export const sessionParam = z.object({
	session_id: z.union([sessionId, z.string().regex(/^\d{1,15}$/)]),
});

/** The id of anything else in a path. */
export const numberParam = z.coerce.number().int().positive();
