import { CANNED_VARIABLES, type CannedReply } from '#lib/contract/inbox.ts';
import { api, call } from '#lib/client/api/call.ts';

type Values = Record<(typeof CANNED_VARIABLES)[number], string>;

const VARIABLE = new RegExp(`\\{(${CANNED_VARIABLES.join('|')})\\}`, 'g');

/** Fills a reply's variables in; other braces stay as they are. */
export function fillIn(text: string, values: Values): string {
	return text.replaceAll(VARIABLE, (whole, name: string) => {
		const variable = CANNED_VARIABLES.find((one) => one === name);
		return variable ? values[variable] : whole;
	});
}

/** Finds replies that contain every word, best first: title starts with the query, then title, then text. */
export function findReplies(replies: readonly CannedReply[], query: string): CannedReply[] {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	return replies
		.map((reply) => ({ reply, rank: rankOf(reply, words) }))
		.filter(({ rank }) => rank < MISSING)
		.sort((a, b) => a.rank - b.rank || a.reply.title.localeCompare(b.reply.title))
		.map(({ reply }) => reply);
}

const MISSING = 3;

function rankOf({ title, text }: CannedReply, words: readonly string[]): number {
	const name = title.toLowerCase();
	const all = `${name} ${text.toLowerCase()}`;
	if (!words.every((word) => all.includes(word))) return MISSING;
	if (name.startsWith(words.join(' '))) return 0;
	return words.every((word) => name.includes(word)) ? 1 : 2;
}

/** Returns the query between a slash that starts a word and the cursor, and where the slash is. */
export function slashQuery(text: string, cursor: number): { from: number; query: string } | null {
	const found = /(?:^|\s)\/([^\n/]{0,40})$/.exec(text.slice(0, cursor));
	const query = found?.[1];
	return query === undefined ? null : { from: cursor - query.length - 1, query };
}

/** The canned replies available to this person, fetched when first needed. */
export class CannedReplies {
	items = $state.raw<readonly CannedReply[]>([]);
	/** False until the list has been fetched. */
	isLoaded = $state(false);
	isFailed = $state(false);
	#isLoading = false;

	/** Fetches the list once. */
	async load(): Promise<void> {
		if (this.isLoaded || this.#isLoading) return;
		this.#isLoading = true;
		this.isFailed = false;
		try {
			this.items = (await call(api['canned-replies'].$get({ query: { limit: '200' } }))).items;
			this.isLoaded = true;
		} catch {
			this.isFailed = true;
		} finally {
			this.#isLoading = false;
		}
	}
}
