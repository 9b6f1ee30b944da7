import { CANNED_VARIABLES } from '#lib/contract/constants.ts';
import type { CannedReply } from '#lib/contract/inbox.ts';
import { api, call } from '#lib/client/api/call.ts';

type Values = Record<(typeof CANNED_VARIABLES)[number], string>;

const VARIABLE = new RegExp(`\\{(${CANNED_VARIABLES.join('|')})\\}`, 'g');

/** Replaces a reply's variables with their values; unknown variables stay as they are. */
export function fillVariables(text: string, values: Values): string {
	return text.replaceAll(VARIABLE, (placeholder, name: string) => {
		const variable = CANNED_VARIABLES.find((known) => known === name);
		return variable ? values[variable] : placeholder;
	});
}

/** Finds replies that contain every word of the query, best match first: title prefix, then title, then text. */
export function findReplies(replies: readonly CannedReply[], query: string): CannedReply[] {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	return replies
		.map((reply) => ({ reply, rank: getRank(reply, words) }))
		.filter(({ rank }) => rank < NO_MATCH)
		.sort((a, b) => a.rank - b.rank || a.reply.title.localeCompare(b.reply.title))
		.map(({ reply }) => reply);
}

const NO_MATCH = 3;

function getRank({ title, text }: CannedReply, words: readonly string[]): number {
	const name = title.toLowerCase();
	const all = `${name} ${text.toLowerCase()}`;
	if (!words.every((word) => all.includes(word))) return NO_MATCH;
	if (name.startsWith(words.join(' '))) return 0;
	return words.every((word) => name.includes(word)) ? 1 : 2;
}

/** Returns the text from a slash at the start of a word to the cursor, and the slash's position; null without such a slash. */
export function findSlashQuery(
	text: string,
	cursor: number,
): { from: number; query: string } | null {
	const match = /(?:^|\s)\/([^\n/]{0,40})$/.exec(text.slice(0, cursor));
	const query = match?.[1];
	return query === undefined ? null : { from: cursor - query.length - 1, query };
}

/** The canned replies available to the signed-in user, fetched when first needed. */
export class CannedReplies {
	items = $state.raw<readonly CannedReply[]>([]);
	/** False until the list has been fetched. */
	isLoaded = $state(false);
	hasFailed = $state(false);
	#isLoading = false;

	/** Fetches the list once. */
	async load(): Promise<void> {
		if (this.isLoaded || this.#isLoading) return;
		this.#isLoading = true;
		this.hasFailed = false;
		try {
			this.items = (await call(api['canned-replies'].$get({ query: { limit: '200' } }))).items;
			this.isLoaded = true;
		} catch {
			this.hasFailed = true;
		} finally {
			this.#isLoading = false;
		}
	}
}
