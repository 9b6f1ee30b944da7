import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import type { Ctx } from '#lib/server/core/context.ts';

const VISITORS = 50;
const insertedRows = z.array(z.object({ session_id: z.string() }));

/** Connects 50 visitors who each send one message per second. The AI is paused, so that only messages are measured. */
export async function startVisitors(
	ctx: Ctx,
	url: string,
): Promise<{ getSentCount(): number; stop(): void }> {
	const inserted = await ctx.db.execute(sql`
		insert into chat_sessions (public_id, site_id, ai_paused)
		select 'session_' || ${randomUUID()} || n, (select id from sites where key = 'default'), true
		from generate_series(1, ${VISITORS}::integer) n returning public_id as session_id`);
	let sentCount = 0;
	const sockets = await Promise.all(
		insertedRows.parse(inserted.rows).map(({ session_id }) => {
			const token = ctx.app.secrets.createVisitorToken(session_id);
			return waitForConnection(
				io(`${url}/widget`, { transports: ['websocket'], auth: { session_id, token } }),
			);
		}),
	);
	let next = 0;
	const timer = setInterval(() => {
		const socket = sockets[(next += 1) % sockets.length];
		const message = { message: `Message number ${next}`, client_message_id: randomUUID() };
		socket?.emit('message:send', message, () => (sentCount += 1));
	}, 1000 / VISITORS);
	return {
		getSentCount: () => sentCount,
		stop() {
			clearInterval(timer);
			for (const socket of sockets) socket.disconnect();
		},
	};
}

const waitForConnection = (socket: Socket) =>
	new Promise<Socket>((resolve, reject) => {
		socket.once('connect', () => resolve(socket));
		socket.once('connect_error', reject);
	});
