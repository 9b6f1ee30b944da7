import { texts } from '../boot.ts';
import type { Status } from '../connection.ts';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { getElement, setText } from '../dom.ts';
import { buildLogItems } from '../items.ts';
import type { Outbox } from '../outbox.ts';
import { startOfDay } from '../time.ts';
import { getAvatarContent, photos } from './avatar.ts';
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
	shouldShowBanner: boolean;
}

/** Renders the whole frame from the state, at most once per animation frame. */
export class FrameView {
	readonly scroll = new Scroll();
	readonly #getState: () => State;
	readonly #log: LogView;
	readonly #reply = new ReplyView();
	readonly #quick: QuickReplies;
	readonly #notices: Notices;
	readonly #handoff: HandoffView;
	readonly #title = getElement('title', HTMLElement).textContent;
	#agent: string | null = null;
	#isScheduled = false;
	#messageCount = 0;

	constructor(
		getState: () => State,
		actions: { send: (text: string) => void; retry: () => void },
		{ notices, handoff }: { notices: Notices; handoff: HandoffView },
	) {
		this.#notices = notices;
		this.#handoff = handoff;
		this.#getState = getState;
		this.#log = new LogView(actions.retry);
		this.#quick = new QuickReplies(actions.send);
	}

	update = (): void => {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		requestAnimationFrame(() => {
			this.#isScheduled = false;
			this.#render(this.#getState());
		});
	};

	#render({ chat, status, shouldShowBanner }: State): void {
		const { conversation, outbox, consent } = chat;
		const { messages, notes, reply, session, latest } = conversation;
		if (session?.agent && session.agent_photo) photos.set(session.agent, session.agent_photo);
		const isOnline = status === 'online' || status === 'connecting';
		const unsent = outbox.items;
		const items = buildLogItems({ messages, notes, unsent, isOnline, toDay: startOfDay });
		this.#log.render(items, session !== null);
		const { typist } = conversation;
		const isWriting = reply !== null || typist !== null;
		// Keeps the server-rendered greeting or dots until the conversation has loaded.
		if (session ?? chat.isDeleted) {
			const continuesGroup =
				(reply ? latest?.sender === 'ai' : latest?.author === (typist ?? undefined)) &&
				unsent.length === 0;
			this.#reply.render(reply, typist, continuesGroup);
		}
		const showsQuickReplies =
			latest?.sender === 'ai' && !isWriting && unsent.length === 0 && !consent.isMissing;
		this.#quick.render(showsQuickReplies ? latest.quick_replies : []);
		this.#renderHeader(session?.agent ?? null, shouldShowBanner ? getBannerText(status) : '');
		this.#notices.render(chat);
		this.#handoff.render(conversation);
		setText(getElement('status', HTMLElement), getStatusText(conversation, outbox));
		this.scroll.update(messages.length > this.#messageCount && this.#messageCount > 0);
		this.#messageCount = messages.length;
	}

	#renderHeader(agent: string | null, banner: string): void {
		if (agent !== this.#agent) {
			this.#agent = agent;
			getElement('face', HTMLElement).replaceChildren(...getAvatarContent(agent));
			setText(getElement('title', HTMLElement), agent ?? this.#title);
			setText(
				getElement('role', HTMLElement),
				agent === null ? texts.ai_status : texts.agent_status,
			);
		}
		const bar = getElement('banner', HTMLElement);
		setText(bar, banner);
		bar.hidden = banner === '';
	}
}

function getBannerText(status: Status): string {
	if (status === 'busy') return texts.busy;
	if (status === 'unavailable') return texts.unavailable;
	if (status === 'online') return '';
	return navigator.onLine ? texts.reconnecting : texts.offline;
}

/** Returns the status for screen readers. */
function getStatusText({ session, reply, typist }: Conversation, outbox: Outbox): string {
	if (outbox.items.some((pending) => pending.state === 'failed')) return texts.failed;
	if (session?.handoff_deadline_at) return texts.person_called.replace(' {when}', '');
	if (typist !== null) return texts.agent_typing.replace('{name}', typist);
	return reply ? texts.assistant_typing : '';
}
