import type { WidgetLanguage } from './greeting.ts';
import type { WidgetConfig } from './site.ts';

/** The widget's texts in the visitor's language. `{name}` is replaced by an agent's name. */
export interface WidgetTexts {
	/** The accessible name of the conversation. */
	conversation: string;
	placeholder: string;
	send: string;
	close: string;
	you: string;
	sending: string;
	sent: string;
	waiting: string;
	failed: string;
	retry: string;
	too_many: string;
	assistant_typing: string;
	agent_typing: string;
	agent_joined: string;
	agent_left: string;
	/** Shown below the assistant's name. */
	ai_status: string;
	/** Shown below an agent's name. */
	agent_status: string;
	/** Shown below the typing indicator when a reply takes long. */
	still_typing: string;
	quick_replies: string;
	book: string;
	new_messages: string;
	offline: string;
	reconnecting: string;
	busy: string;
	unavailable: string;
	/** Shown on the page of a site that doesn't exist. */
	unavailable_hint: string;
	complete: string;
	/** Shown below `complete`. */
	complete_hint: string;
	start_again: string;
	menu: string;
	show_times: string;
	sound: string;
	forget: string;
	ask_new_chat: string;
	ask_forget: string;
	do_forget: string;
	cancel: string;
	forgotten: string;
	too_long: string;
	link_expired: string;
	/** Shown when the chat's token expired or was revoked, or the chat was erased. */
	chat_ended: string;
	agree: string;
	today: string;
	yesterday: string;
	talk_to_person: string;
	/** `{when}` is replaced by a time such as `in 2 minutes`. */
	person_called: string;
}

export type { WidgetLanguage };

/** The data that the frame page passes to its script. */
export interface FrameBoot {
	config: WidgetConfig;
	language: WidgetLanguage;
	texts: WidgetTexts;
	/** The chat session to continue, from a resume link. */
	resume: { session_id: string; token: string } | null;
}
