import type { Reply } from '../conversation.ts';
import { element, find } from '../dom.ts';
import { renderMarkdown } from './markdown.ts';

/**
 * Shows the streaming reply below the log: dots, or the text so far. It is outside the log, which is a live region, so
 * that screen readers announce the finished message once instead of every delta.
 */
export class ReplyView {
	readonly #node = find('reply', HTMLElement);
	readonly #dots = element('div', 'bubble dots', element('i'), element('i'), element('i'));
	#bubble: HTMLElement | undefined;
	#shown: Reply | undefined;

	render(reply: Reply | null, isTyping: boolean, isJoined: boolean): void {
		this.#node.classList.toggle('joined', isJoined);
		if (reply?.is_whole && reply.text.trim()) return this.#showText(reply);
		this.#shown = undefined;
		if (reply ?? isTyping) this.#show(this.#dots);
		else this.#node.replaceChildren();
	}

	#showText(reply: Reply): void {
		if (this.#shown !== reply || !this.#bubble) this.#bubble = element('div', 'bubble text');
		this.#shown = reply;
		this.#bubble.dir = 'auto';
		renderMarkdown(this.#bubble, reply.text, true);
		this.#show(this.#bubble);
	}

	#show(node: HTMLElement): void {
		if (this.#node.firstElementChild !== node) this.#node.replaceChildren(node);
	}
}
