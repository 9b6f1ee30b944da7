import { setImmediate } from 'node:timers/promises';
import { and, desc, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { SearchMatch } from '#lib/contract/session.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, leadDocument, leads, messages } from '#lib/server/core/db/schema/index.ts';
import { isStatementTimeout } from '#lib/server/core/db/faults.ts';
import { parseSearchTerms, createSearchQuery } from '#lib/server/core/db/search.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';

/** The number of chat sessions checked one by one: enough to fill a page with words that one in ten contains. */
const SCAN_DEPTH = 500;
/** The number looked up together: enough for words that one in a hundred contains. */
const LOOKUP_DEPTH = 8_000;
/** With this many hits, words are common: most chat sessions that are checked contain them. */
const COMMON_HITS = 20_000;

/**
 * How long messages are read without the index of words. A visitor can fill the newest chat sessions with long messages, which
 * would otherwise make every search slow. Tests change it.
 */
export const SCAN_LIMIT = { ms: 3_000 };

/** A list of chat sessions to search in. */
interface SearchableList {
	/** The list's own condition. */
	condition: SQL | undefined;
	/** The maximum number of results. */
	max: number;
	/** Selects the ids of the first chat sessions in the list's order. */
	selectTop(length: number): SQL;
}

/**
 * Returns the ids of the first chat sessions in a list that have all words in one message or in the lead; the last word is
 * a prefix. The cost doesn't grow with the number of hits: common words are found near the top of the list, and only for
 * rare ones is their whole index entry read.
 */
export async function searchList(ctx: Ctx, words: string, list: SearchableList): Promise<number[]> {
	const near = await unlessSlow(ctx, (tx) => scanTop(tx, words, list));
	if (near?.length === list.max) return near;
	const top = await selectIds(ctx, list.selectTop(LOOKUP_DEPTH));
	if (near && top.length <= SCAN_DEPTH) return near;
	const found = await lookUpTop(ctx, words, top);
	const ids = top.filter((id) => found.has(id)).slice(0, list.max);
	return ids.length === list.max || top.length < LOOKUP_DEPTH ? ids : searchAll(ctx, words, list);
}

/** Runs a query; undefined if it takes longer than `SCAN_LIMIT`. */
async function unlessSlow<T>(ctx: Ctx, query: (tx: Ctx) => Promise<T>): Promise<T | undefined> {
	try {
		return await inTransaction(ctx, async (tx) => {
			await tx.db.execute(
				sql`select set_config('statement_timeout', ${`${SCAN_LIMIT.ms}ms`}, true)`,
			);
			return query(tx);
		});
	} catch (error) {
		if (isStatementTimeout(error)) return undefined;
		throw error;
	}
}

const inMessage = (query: SQL) => sql`search_document(${messages.message}) @@ ${query}`;
const inLead = (query: SQL) => sql`${leadDocument} @@ ${query}`;
/** Finds chat sessions by the index of words. */
const inIndex = (query: SQL) => sql`${chat_sessions.id} in (
	select ${messages.chat_session_id} from ${messages} where ${inMessage(query)}
	union all
	select ${leads.chat_session_id} from ${leads} where ${inLead(query)})`;

/** Checks one chat session after the other in the list's order, and stops when there are enough hits. */
function scanTop(ctx: Ctx, words: string, { selectTop, max }: SearchableList): Promise<number[]> {
	const query = createSearchQuery(words);
	return selectIds(
		ctx,
		sql`select near.id from (${selectTop(SCAN_DEPTH)}) near
			where (select true from ${messages} where ${messages.chat_session_id} = near.id and ${inMessage(query)} limit 1)
				or (select true from ${leads} where ${leads.chat_session_id} = near.id and ${inLead(query)} limit 1)
			limit ${max}`,
	);
}

/** Combines the index of words with that of chat sessions. */
async function lookUpTop(ctx: Ctx, words: string, chats: number[]): Promise<Set<number>> {
	// As a subquery, the words are unknown to the planner, which would otherwise choose to read all hits.
	const query = sql`(select ${createSearchQuery(words)})`;
	const ids = sql`${sql.param(chats)}::bigint[]`;
	const found = await selectIds(
		ctx,
		sql`select ${messages.chat_session_id} as id from ${messages}
				where ${messages.chat_session_id} = any(${ids}) and ${inMessage(query)}
			union all
			select ${leads.chat_session_id} from ${leads}
				where ${leads.chat_session_id} = any(${ids}) and ${inLead(query)}`,
	);
	return new Set(found);
}

/** Uses the index of words alone, with enough memory for an exact bitmap of the hits. */
function searchAll(ctx: Ctx, words: string, { condition, max }: SearchableList): Promise<number[]> {
	const query = createSearchQuery(words);
	const { last_activity_at, id } = chat_sessions;
	return inTransaction(ctx, async (tx) => {
		await tx.db.execute(sql`set local work_mem = '64MB'`);
		const rows = await tx.db
			.select({ id })
			.from(chat_sessions)
			.where(and(condition, inIndex(query)))
			.orderBy(desc(last_activity_at), desc(id))
			.limit(max);
		return rows.map((row) => row.id);
	});
}

const idRows = z.array(z.object({ id: z.coerce.number() }));

async function selectIds(ctx: Ctx, query: SQL): Promise<number[]> {
	const { rows } = await ctx.db.execute(query);
	return idRows.parse(rows).map(({ id }) => id);
}

const hitRows = z.array(z.object({ hits: z.coerce.number() }));

/**
 * Returns a condition for chat sessions with all words in one message or in the lead; the last word is a prefix. Rare words
 * are found by their index. Common words are looked for in each chat session as the list is scanned, which soon fills a
 * page.
 */
export async function matchesWords(ctx: Ctx, words: string): Promise<SQL> {
	const query = createSearchQuery(words);
	const { rows } = await ctx.db.execute(sql`
		select count(*) hits from (select 1 from ${messages} where ${inMessage(query)} limit ${COMMON_HITS}) found`);
	const isCommon = (hitRows.parse(rows)[0]?.hits ?? 0) >= COMMON_HITS;
	if (!isCommon) return inIndex(query);
	// The LIMIT keeps Postgres from hashing all hits first.
	return sql`((select true from ${messages} where ${messages.chat_session_id} = ${chat_sessions.id} and ${inMessage(query)} limit 1)
		or (select true from ${leads} where ${leads.chat_session_id} = ${chat_sessions.id} and ${inLead(query)} limit 1))`;
}

const matchRows = z.array(
	z.object({
		id: z.coerce.number(),
		message_id: z.coerce.number().nullable(),
		text: z.string(),
	}),
);

/** Returns where each chat session contains the words: its newest message with them, else its lead. Empty if that takes too long. */
export async function findMatches(
	ctx: Ctx,
	ids: number[],
	words: string,
): Promise<Map<number, SearchMatch>> {
	if (ids.length === 0) return new Map();
	const found = await unlessSlow(ctx, (tx) =>
		tx.db.execute(sql`
		with search as (select ${createSearchQuery(words)} query)
		select s.id, found.message_id, found.text
		from search, unnest(${sql.param(ids)}::bigint[]) s(id), lateral (
			(select m.id message_id, m.message as text from messages m
				where m.chat_session_id = s.id and search_document(m.message) @@ search.query
				order by m.id desc limit 1)
			union all
			(select null, concat_ws(' · ', l.name, l.email, l.phone, l.company) from leads l
				where l.chat_session_id = s.id)
			limit 1) found`),
	);
	const pattern = hitPattern(words);
	const matches = new Map<number, SearchMatch>();
	for (const { id, message_id, text } of matchRows.parse(found?.rows ?? [])) {
		// Lets other work of the process go first: a page may have 200 long messages.
		await setImmediate();
		matches.set(id, { message_id, ...createSnippet(text, pattern) });
	}
	return matches;
}

/** The maximum length of the text before the first hit, so that the hit is visible in a single line. */
const MAX_LEAD = 24;
const MAX_LENGTH = 200;
/** Letters that don't decompose into a base letter, with what search treats them as. */
const FOLDED_LETTERS: Record<string, string> = {
	ß: 'ss',
	æ: 'ae',
	œ: 'oe',
	ø: 'o',
	đ: 'd',
	ł: 'l',
	ı: 'i',
	ς: 'σ',
};
const UNSPACED =
	/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

type Range = SearchMatch['ranges'][number];

/** Returns plain text around the first hit of a search, and the ranges of all hits in it. */
export function createSnippet(
	found: string,
	pattern: RegExp | null,
): Pick<SearchMatch, 'text' | 'ranges'> {
	const text = found.replace(/\s+/g, ' ').trim();
	const ranges = pattern ? findRanges(text, pattern) : [];
	const from = findSnippetStart(text, ranges[0]?.start ?? 0);
	const lead = from > 0 ? '…' : '';
	const cut = text.slice(from, from + MAX_LENGTH).toWellFormed();
	const shift = lead.length - from;
	return {
		text: lead + cut,
		ranges: ranges
			.map(({ start, end }) => ({ start: start + shift, end: end + shift }))
			.filter(({ end }) => end <= lead.length + cut.length),
	};
}

/** Returns the first hits in order, all that a snippet may contain. */
function findRanges(text: string, pattern: RegExp): Range[] {
	const folded = fold(text);
	const ranges: Range[] = [];
	for (const match of folded.text.matchAll(pattern)) {
		const start = folded.starts[match.index] ?? 0;
		const end = folded.ends[match.index + match[0].length - 1] ?? text.length;
		if (start > (ranges[0]?.start ?? start) + MAX_LENGTH) break;
		ranges.push({ start, end });
	}
	return ranges;
}

/** Returns one pattern for the hits of a search in a folded text, so that they don't overlap; null if nothing is marked. */
export function hitPattern(query: string): RegExp | null {
	const terms = parseSearchTerms(query);
	const isNumber = (term: string) => /^[\d ().+/-]{7,}$/.test(term);
	const words = terms
		.filter((term) => !isNumber(term))
		.flatMap((term) => fold(term).text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);
	const spaced = words.filter((word) => !UNSPACED.test(word));
	const patterns = [
		...terms.filter(isNumber).flatMap(numberPatterns),
		...words.filter((word) => UNSPACED.test(word)),
		...(spaced.length > 0
			? [`(?<![\\p{L}\\p{N}])(?:${[...new Set(spaced)].join('|')})[\\p{L}\\p{M}\\p{N}]*`]
			: []),
	];
	return patterns.length > 0 ? new RegExp([...new Set(patterns)].join('|'), 'gu') : null;
}

/** Match the digits of a number in any grouping. */
function numberPatterns(term: string): string[] {
	const digits = term.replace(/\D/g, '').replace(/^0+/, '');
	return digits === '' ? [] : [`\\+?${[...digits].join('[ ().\\/-]{0,4}')}`];
}

/** Folds a text as search does, and maps each character to its range in the original. */
function fold(text: string) {
	const [starts, ends]: [number[], number[]] = [[], []];
	let foldedText = '';
	let index = 0;
	for (const character of text) {
		const plain = character < '\u0080' ? character.toLowerCase() : foldCharacter(character);
		for (let unit = 0; unit < plain.length; unit++) {
			starts.push(index);
			ends.push(index + character.length);
		}
		foldedText += plain;
		index += character.length;
	}
	return { text: foldedText, starts, ends };
}

function foldCharacter(character: string): string {
	const bare = character
		.normalize('NFKD')
		.replace(/[\p{Mn}\p{Cf}]/gu, '')
		.toLowerCase()
		.normalize('NFC');
	return FOLDED_LETTERS[bare] ?? bare;
}

/** Returns the start of a word shortly before the hit. */
function findSnippetStart(text: string, hit: number): number {
	if (hit <= MAX_LEAD) return 0;
	const space = text.indexOf(' ', hit - MAX_LEAD);
	return space >= 0 && space < hit ? space + 1 : hit;
}
