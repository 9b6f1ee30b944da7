import { sql, type SQL } from 'drizzle-orm';

/**
 * A full-text query for all words, the last one by its beginning; punctuation alone matches nothing. A query that ends
 * with a bracket, as an excluded phrase does, has no last word to extend.
 */
export const wordsQuery = (words: string): SQL =>
	sql`regexp_replace(nullif(websearch_to_tsquery('simple', ${words})::text, ''), '''$', ''':*')::tsquery`;
