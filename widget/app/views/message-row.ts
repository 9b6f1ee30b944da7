import { texts } from '../boot.ts';
import { element, setText } from '../dom.ts';
import type { Item } from '../items.ts';
import { avatar } from './avatar.ts';
import { renderMarkdown } from './markdown.ts';
import { dateTime, time } from '../time.ts';

type MessageItem = Extract<Item, { type: 'message' }>;

/** One message of the log: author, bubble, and below it its state, its time, and "Try again". */
export class MessageRow {
	readonly node: HTMLElement;
	readonly #meta = element('div', 'meta');
	readonly #state = element('span');
	readonly #time = element('time');
	readonly #retry = element('button', 'link', texts.retry);
	#isTimed = false;

	constructor(item: MessageItem, retry: () => void) {
		const speaker = element(
			'span',
			'unseen',
			`${item.author ?? speakerName(item)}, ${time(item.at)}: `,
		);
		const bubble = element('div', 'bubble');
		bubble.title = dateTime(item.at);
		bubble.dir = 'auto';
		if (item.sender === 'visitor') bubble.append(item.text);
		else bubble.append(markdown(item.text));
		bubble.onclick = () => this.#toggleTime();
		this.#retry.type = 'button';
		this.#retry.onclick = retry;
		setText(this.#time, time(item.at));
		this.#meta.append(this.#state, this.#time, this.#retry);
		// Beside the bubble: inside, its letters would decide the direction of the text.
		this.node = element('div', '', speaker);
		if (item.author && item.isFirst)
			this.node.append(element('div', 'author', avatar(item.author), item.author));
		this.node.append(bubble, this.#meta);
		this.update(item);
	}

	update(item: MessageItem): void {
		const state = { sending: texts.sending, waiting: texts.waiting, sent: texts.sent, none: '' };
		const failed = item.isLimited ? texts.too_many : texts.failed;
		setText(this.#state, item.state === 'failed' ? failed : state[item.state]);
		// What was too much at once goes out by itself.
		this.#retry.hidden = item.state !== 'failed' || item.isLimited;
		const classes = ['row', item.sender, item.state === 'sending' ? 'waiting' : item.state];
		if (item.isLimited) classes.push('limited');
		if (item.isFirst) classes.push('first');
		if (this.#state.textContent) classes.push('marked');
		if (this.#isTimed) classes.push('timed');
		this.node.className = classes.join(' ');
	}

	#toggleTime(): void {
		if (String(getSelection())) return;
		this.#isTimed = this.node.classList.toggle('timed');
	}
}

function markdown(text: string): DocumentFragment {
	const holder = element('div');
	renderMarkdown(holder, text);
	const fragment = document.createDocumentFragment();
	fragment.append(...holder.children);
	return fragment;
}

const speakerName = ({ sender }: MessageItem) =>
	sender === 'visitor' ? texts.you : texts.assistant;
