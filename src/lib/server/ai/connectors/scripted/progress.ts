import type { Message } from '#lib/contract/message.ts';
import { suggestEmail } from './email-typos.ts';
import { squash } from './plain.ts';
import type { Item, Known } from './script.ts';

/** Asked when everything else is done and nobody could be reached. */
export const CONTACT_PROMPT =
	'How can the team reach you? An email address or a phone number is enough.';
/** Asked when a site has nothing to ask. */
export const OPEN_PROMPT = 'What can the team do for you?';
export const confirmPrompt = (email: string) => `Did you mean ${email}?`;

/** What the newest message of the AI asked: a question of the site, or one of the script's own. */
export type Asked = Item | 'contact' | 'confirm' | 'open' | undefined;

/** Where a conversation stands, read off what the AI has said so far: the script keeps no state of its own. */
export interface Progress {
	asked: Asked;
	/** How often each question was asked, by key. */
	tries: ReadonlyMap<string, number>;
	isContactAsked: boolean;
	isEmailConfirmed: boolean;
	/** The closing words were said. */
	isClosed: boolean;
	/** How many messages the AI has written. */
	step: number;
}

export function readProgress(
	history: Message[],
	script: Item[],
	site: { known: Known; completionPhrase: string },
): Progress {
	const tries = new Map<string, number>();
	const progress = { isContactAsked: false, isEmailConfirmed: false, isClosed: false, step: 0 };
	let asked: Asked;
	let hasVisitorSpoken = false;
	for (const { sender, message, is_fallback } of history) {
		if (sender === 'visitor') hasVisitorSpoken = true;
		// What a visitor says to a person of the team answers no question of the script.
		if (sender === 'agent') asked = undefined;
		if (sender !== 'ai' || is_fallback) continue;
		const said = squash(message);
		asked = recognise(said, script, site.known);
		progress.step++;
		if (typeof asked === 'object') tries.set(asked.key, (tries.get(asked.key) ?? 0) + 1);
		progress.isContactAsked ||= asked === 'contact';
		progress.isEmailConfirmed ||= /Did you mean \S+@\S+\?$/.test(said);
		progress.isClosed ||=
			asked === undefined && hasVisitorSpoken && closes(said, site.completionPhrase);
	}
	return { ...progress, asked, tries };
}

/** Every message that asks ends with its question; the longest that fits is the one. */
function recognise(said: string, script: Item[], known: Known): Asked {
	if (said.endsWith(CONTACT_PROMPT)) return 'contact';
	if (said.endsWith(OPEN_PROMPT)) return 'open';
	const suggested = known.email && suggestEmail(known.email);
	if (suggested && said.endsWith(confirmPrompt(suggested))) return 'confirm';
	const fits = ({ first, again }: Item) =>
		Math.max(
			...[first, again].map((prompt) => (said.endsWith(squash(prompt)) ? prompt.length : 0)),
		);
	const [best] = script.filter((item) => fits(item) > 0).toSorted((a, b) => fits(b) - fits(a));
	return best;
}

const closes = (said: string, phrase: string) =>
	said.toLowerCase().includes(squash(phrase).toLowerCase());
