import { z } from 'zod';
import type { Core, Ctx } from '#lib/server/core/context.ts';
import type { Db } from '#lib/server/core/db/client.ts';
import { executePrepared } from '#lib/server/core/db/prepared.ts';
import { BatchReader } from '#lib/server/core/db/batch-reader.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** The row id and the site of a chat session, and what decides whether a visitor's token opens it. */
export interface Located {
	id: number;
	site_id: number;
	token_version: number;
	last_activity_at: Date;
	/** The site's setting. */
	token_days: number;
}
type SessionLocator = BatchReader<string, Located>;

/** Where a chat session stands, by its public id; throws NotFound. For use inside the server: checks no right. */
export async function locateSession({ app }: Ctx, sessionId: string): Promise<Located> {
	const found = await app.sessionLocator.read(sessionId);
	if (!found) throw notFound(`chat session ${sessionId.slice(0, 60)}`);
	return found;
}

const LOCATE = `
	select c.public_id, c.id, c.site_id, c.token_version, c.last_activity_at, s.visitor_token_days as token_days
	from chat_sessions c join sites s on s.id = c.site_id
	where c.public_id = any($1::text[])`;
const located = z.array(
	z.object({
		public_id: z.string(),
		id: z.coerce.number(),
		site_id: z.coerce.number(),
		token_version: z.number(),
		last_activity_at: z.coerce.date(),
		token_days: z.number(),
	}),
);

async function locate(db: Db, sessionIds: string[]): Promise<(Located | undefined)[]> {
	const rows = await executePrepared(db, 'locate_sessions', LOCATE, [sessionIds]);
	const found = new Map(located.parse(rows).map(({ public_id, ...row }) => [public_id, row]));
	return sessionIds.map((sessionId) => found.get(sessionId));
}

/** Locates the chat sessions that are asked for at the same moment together. */
export const createSessionLocator = ({ db }: Core): SessionLocator =>
	new BatchReader((ids: string[]) => locate(db, ids));

declare module '#lib/server/core/context.ts' {
	interface App {
		sessionLocator: SessionLocator;
	}
}
