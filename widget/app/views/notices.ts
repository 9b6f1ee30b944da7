import type { Chat } from '../chat.ts';
import { find } from '../dom.ts';

/** Shows the consent line, and that the chat is complete, too long or deleted. */
export class Notices {
	readonly #consent = find('consent', HTMLElement);
	readonly #agree = find('agree', HTMLButtonElement);

	constructor(act: { agree: () => void; startAgain: () => void }) {
		this.#agree.onclick = act.agree;
		for (const id of ['again', 'again-long', 'again-gone']) {
			find(id, HTMLButtonElement).onclick = act.startAgain;
		}
	}

	render({ conversation, consent, isTooLong, isForgotten }: Chat): void {
		const { session, reply, is_agent_typing } = conversation;
		const isQuiet = reply === null && !is_agent_typing;
		const isComplete = session?.completion_status === 'complete' && isQuiet;
		find('complete', HTMLElement).hidden = !isComplete || isTooLong;
		find('long', HTMLElement).hidden = !isTooLong;
		find('gone', HTMLElement).hidden = !isForgotten;
		this.#consent.hidden = consent.isGiven || isForgotten;
		this.#agree.hidden = !consent.isMissing;
	}
}
