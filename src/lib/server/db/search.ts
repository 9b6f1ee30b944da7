import { sql, type SQL } from 'drizzle-orm';

/** A full-text query for all words, the last one by its beginning; punctuation alone matches nothing. */
export const wordsQuery = (words: string): SQL =>
	sql`(nullif(websearch_to_tsquery('simple', ${words})::text, '') || ':*')::tsquery`;
