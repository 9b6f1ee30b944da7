import type { Chat } from '../chat.ts';
import { getElement } from '../dom.ts';

/** Shows the consent text, and notices that the chat is complete, too long or deleted. */
export class Notices {
	readonly #consent = getElement('consent', HTMLElement);
	readonly #agree = getElement('agree', HTMLButtonElement);

	constructor(actions: { agree: () => void; startNewChat: () => void }) {
		this.#agree.onclick = actions.agree;
		for (const id of ['again', 'again-long', 'again-gone']) {
			getElement(id, HTMLButtonElement).onclick = actions.startNewChat;
		}
	}

	render({ conversation, consent, isTooLong, isDeleted }: Chat): void {
		const { session, reply, typist } = conversation;
		const isIdle = reply === null && typist === null;
		const isComplete = session?.completion_status === 'complete' && isIdle;
		getElement('complete', HTMLElement).hidden = !isComplete || isTooLong;
		getElement('long', HTMLElement).hidden = !isTooLong;
		getElement('gone', HTMLElement).hidden = !isDeleted;
		this.#consent.hidden = consent.isGiven || isDeleted;
		this.#agree.hidden = !consent.isMissing;
	}
}
