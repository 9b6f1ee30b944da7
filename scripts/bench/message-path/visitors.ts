import pg from 'pg';
import { createSecrets } from '#lib/server/core/secrets.ts';
import { SECRET_KEY } from '../seeded.ts';

export const API_KEY = 'an API key for benches only';

/**
 * New chat sessions in which a person answers, so that what is measured is the path of messages, not an AI. Each run has
 * its own: a chat takes a limited number of messages.
 */
export async function makeVisitors(databaseUrl: string, count: number) {
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
			token: secrets.visitorToken(public_id),
			after: 2 ** 40,
		})),
	};
}
