import { texts } from '../boot.ts';
import type { Status } from '../connection.ts';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { find, setText } from '../dom.ts';
import { listItems } from '../items.ts';
import type { Outbox } from '../outbox.ts';
import { dayOf } from '../time.ts';
import { faceOf, photos } from './avatar.ts';
import { type HandoffView } from './handoff.ts';
import { LogView } from './log.ts';
import type { Notices } from './notices.ts';
import { QuickReplies } from './quick-replies.ts';
import { ReplyView } from './reply.ts';
import { Scroll } from './scroll.ts';

interface State {
	chat: Chat;
	status: Status;
	/** False during short interruptions, which show no banner. */
	isBannerDue: boolean;
}

/** Renders the whole frame from the state, at most once per animation frame. */
export class FrameView {
	readonly scroll = new Scroll();
	readonly #state: () => State;
	readonly #log: LogView;
	readonly #reply = new ReplyView();
	readonly #quick: QuickReplies;
	readonly #notices: Notices;
	readonly #handoff: HandoffView;
	readonly #title = find('title', HTMLElement).textContent;
	#agent: string | null = null;
	#isDue = false;
	#count = 0;

	constructor(
		state: () => State,
		act: { send: (text: string) => void; retry: () => void },
		{ notices, handoff }: { notices: Notices; handoff: HandoffView },
	) {
		this.#notices = notices;
		this.#handoff = handoff;
		this.#state = state;
		this.#log = new LogView(act.retry);
		this.#quick = new QuickReplies(act.send);
	}

	changed = (): void => {
		if (this.#isDue) return;
		this.#isDue = true;
		requestAnimationFrame(() => {
			this.#isDue = false;
			this.#draw(this.#state());
		});
	};

	#draw({ chat, status, isBannerDue }: State): void {
		const { conversation, outbox, consent } = chat;
		const { messages, notes, reply, session, newest } = conversation;
		if (session?.agent && session.agent_photo) photos.set(session.agent, session.agent_photo);
		const isOnline = status === 'online' || status === 'connecting';
		const unsent = outbox.items;
		const items = listItems({ messages, notes, unsent, isOnline, dayOf });
		this.#log.render(items, session !== null);
		const { is_agent_typing } = conversation;
		const isWriting = reply !== null || is_agent_typing;
		// Keeps the server-rendered greeting or dots until the conversation has loaded.
		if (session ?? chat.isForgotten) {
			const isJoined = newest?.sender === (reply ? 'ai' : 'agent') && unsent.length === 0;
			const typist = is_agent_typing ? (session?.agent ?? '') : undefined;
			this.#reply.render(reply, typist, isJoined);
		}
		const isAsked =
			newest?.sender === 'ai' && !isWriting && unsent.length === 0 && !consent.isMissing;
		this.#quick.render(isAsked ? newest.quick_replies : []);
		this.#head(session?.agent ?? null, isBannerDue ? bannerText(status) : '');
		this.#notices.render(chat);
		this.#handoff.render(conversation);
		setText(find('status', HTMLElement), statusText(conversation, outbox));
		this.scroll.settle(messages.length > this.#count && this.#count > 0);
		this.#count = messages.length;
	}

	#head(agent: string | null, banner: string): void {
		if (agent !== this.#agent) {
			this.#agent = agent;
			find('face', HTMLElement).replaceChildren(...faceOf(agent));
			setText(find('title', HTMLElement), agent ?? this.#title);
			setText(find('role', HTMLElement), agent === null ? texts.ai_status : texts.agent_status);
		}
		const bar = find('banner', HTMLElement);
		setText(bar, banner);
		bar.hidden = banner === '';
	}
}

function bannerText(status: Status): string {
	if (status === 'busy') return texts.busy;
	if (status === 'unavailable') return texts.unavailable;
	if (status === 'online') return '';
	return navigator.onLine ? texts.reconnecting : texts.offline;
}

/** Returns the status for screen readers. */
function statusText({ session, reply, is_agent_typing }: Conversation, outbox: Outbox): string {
	if (outbox.items.some((pending) => pending.state === 'failed')) return texts.failed;
	if (session?.handoff_deadline_at) return texts.person_called.replace(' {when}', '');
	if (is_agent_typing) return texts.agent_typing.replace('{name}', session?.agent ?? '');
	return reply ? texts.assistant_typing : '';
}
