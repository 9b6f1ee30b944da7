import type { CheckRule } from '#lib/contract/check.ts';
import { findContacts } from '#lib/server/leads/unchecked.ts';
import type { CheckedChat, CheckedMessage } from '#lib/server/quality/checks/chat.ts';
import { createLanguageRule, loadLanguageDetector } from '#lib/server/quality/checks/language.ts';
import { applyRule } from '#lib/server/quality/checks/rules.ts';

/** A Monday at 10:00 in Berlin. */
export const MONDAY = new Date('2026-11-23T09:00:00Z');

const SENDERS = { '<': 'ai', '>': 'visitor', '@': 'agent', '!': 'ai' } as const;

/**
 * Returns a finished chat for testing rules. Each line starts with its sender: `<` for the AI, `!` for its fallback reply,
 * `>` for the visitor, `@` for an agent. `{key}` at the end is the question that the AI reports as asked. Ids start at 1,
 * with one message a minute.
 */
export function createCheckedChat(
	lines: string[],
	overrides: Partial<CheckedChat> = {},
): CheckedChat {
	const messages = lines.map((line, index): CheckedMessage => {
		const [, mark = '<', text = '', asked] = /^([<>@!]) (.*?)(?: \{(\w+)\})?$/s.exec(line) ?? [];
		return {
			id: index + 1,
			sender: SENDERS[mark as keyof typeof SENDERS],
			text,
			at: new Date(MONDAY.getTime() + index * 60_000),
			is_fallback: mark === '!',
			asked: asked ?? null,
			answers_through: null,
		};
	});
	const question = (key: string, type: 'text' | 'email' | 'phone' | 'number' | 'choice') => ({
		key,
		label: key,
		type,
		is_required: true,
		options: type === 'choice' ? ['Repair', 'New roof'] : [],
	});
	return {
		site: {
			business_hours: null,
			completion_needs: 'nothing',
			completion_phrases: ['within 24 hours'],
			questions: [
				question('project', 'text'),
				question('kind', 'choice'),
				question('budget', 'number'),
				question('name', 'text'),
				question('email', 'email'),
				question('phone', 'phone'),
			],
		},
		own_hosts: ['example.com'],
		channel: 'web',
		completion_status: 'abandoned',
		completion_source: null,
		is_completion_claimed: false,
		contacts: messages
			.filter(({ sender }) => sender === 'visitor')
			.flatMap(({ id, text }) =>
				findContacts(text, 'DE').map((contact) => ({ ...contact, message_id: id })),
			),
		lead: null,
		handoffs: [],
		messages,
		...overrides,
	};
}

/** Returns a lead with values, each with the id of the message it came from; 0 if it came from none, such as a form. */
export function createLeadValues(
	values: Record<string, [value: string, message_id: number]>,
	source: 'ai' | 'agent' | 'identify' = 'ai',
): NonNullable<CheckedChat['lead']> {
	const entries = Object.entries(values);
	return {
		values: new Map(entries.map(([key, [value]]) => [key, value])),
		provenance: new Map(
			entries.map(([key, [, id]]) => [
				key,
				{ source, message_id: id || null, at: new Date(MONDAY.getTime() - 1000).toISOString() },
			]),
		),
		contacts: [],
	};
}

/** Returns the ids of the messages that one rule flags. */
export async function findFlaggedMessages(
	rule: CheckRule,
	chat: CheckedChat,
): Promise<(number | null)[]> {
	const wrongLanguage = createLanguageRule(await loadLanguageDetector());
	return applyRule(rule, chat, wrongLanguage).map(({ message_id }) => message_id);
}
