import pg from 'pg';
import { createSecrets } from '#lib/server/core/secrets.ts';
import { SECRET_KEY } from '../seeded-database.ts';

export const API_KEY = 'an API key for benches only';

/**
 * Creates chat sessions with a paused AI, so that the bench measures only messages. Each run needs new ones, because
 * messages per chat are limited.
 */
export async function createVisitors(databaseUrl: string, count: number) {
	const client = new pg.Client({ connectionString: databaseUrl });
	await client.connect();
	const { rows } = await client.query<{ id: string; public_id: string }>(
		`insert into chat_sessions (public_id, site_id, ai_paused)
		 select 'session_bench' || gen_random_uuid(), (select id from sites where key = 'default'), true from generate_series(1, $1) n
		 returning id, public_id`,
		[count],
	);
	await client.end();
	const secrets = createSecrets(SECRET_KEY);
	const ids = rows.map(({ id }) => Number(id));
	return {
		first: Math.min(...ids),
		last: Math.max(...ids),
		auths: rows.map(({ public_id }) => ({
			session_id: public_id,
			token: secrets.createVisitorToken(public_id),
			// Higher than any message's id, so that visitors catch up on no messages.
			after: 2 ** 40,
		})),
	};
}
