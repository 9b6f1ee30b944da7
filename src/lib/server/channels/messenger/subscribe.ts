import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Message } from '#lib/contract/message.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { messenger_sends } from '#lib/server/core/db/schema/index.ts';
import { record } from '#lib/server/core/db/transaction.ts';

const DISCLOSURE = 'You are chatting with an AI assistant. A person can join at any time.';

const threadSchema = z.object({
	chat_session_id: z.coerce.number(),
	disclosed_at: z.coerce.date().nullable(),
	ai_disclosure: z.string().nullable(),
});

/** Queues messages from the AI and the team for Messenger, in the transaction that stores them. */
export function subscribeMessenger({ events, config }: App): void {
	if (!config.messenger) return;
	events.onRecorded('message.created', async (ctx, { message }) => {
		if (isOwnMessage(ctx, message)) await queueMessage(ctx, message);
	});
}

/** Returns whether a message was written in Frontdesk rather than in the page's inbox or another system. */
function isOwnMessage({ actor }: Ctx, { sender, author, external_id }: Message): boolean {
	// Imported messages, and those from the page's inbox, have no author.
	if (sender === 'agent') return author !== null;
	return sender === 'ai' && actor.type === 'system' && external_id === null;
}

async function queueMessage(ctx: Ctx, message: Message): Promise<void> {
	const { rows } = await ctx.db.execute(sql`
		select t.chat_session_id, t.disclosed_at, site.ai_disclosure
		from chat_sessions s join messenger_threads t on t.chat_session_id = s.id join sites site on site.id = s.site_id
		where s.public_id = ${message.session_id}`);
	const [found] = z.array(threadSchema).parse(rows);
	if (!found) return;
	const { chat_session_id, ai_disclosure } = found;
	const mustDisclose = message.sender === 'ai' && !found.disclosed_at;
	const plainMessage = toPlainText(message.message) || message.message;
	const { booking_url } = message;
	const hasLink = booking_url === undefined || plainMessage.includes(booking_url);
	const text = hasLink ? plainMessage : `${plainMessage}\n\n${booking_url}`;
	const parts = splitIntoParts(mustDisclose ? `${ai_disclosure ?? DISCLOSURE}\n\n${text}` : text);
	const now = ctx.app.clock();
	await ctx.db.insert(messenger_sends).values(
		parts.map((part, index) => ({
			chat_session_id,
			message_id: message.id,
			metadata: randomUUID(),
			text: part,
			quick_replies: index === parts.length - 1 ? message.quick_replies : [],
			next_attempt_at: now,
			created_at: now,
		})),
	);
	await setDisclosed(ctx, chat_session_id, message.sender === 'ai' ? now : null);
	await record(ctx, 'messenger.queued', {});
}

/** Records when the AI was disclosed to the visitor. A message from an agent resets this, so that the AI is disclosed again. */
const setDisclosed = (ctx: Ctx, chatSessionId: number, at: Date | null) =>
	ctx.db.execute(sql`update messenger_threads
		set disclosed_at = case when ${at === null} then null else coalesce(disclosed_at, ${at?.toISOString() ?? null}::timestamptz) end
		where chat_session_id = ${chatSessionId}`);

/** Removes Markdown syntax, which Messenger would show literally; keeps words, lists and links. */
export function toPlainText(markdown: string): string {
	return markdown
		.replace(/^```[^\n]*$/gm, '')
		.replace(/^#{1,6} +/gm, '')
		.replace(/^ {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$\n?/gm, '')
		.replace(/^\|[-:| ]+\|?[ \t]*$\n?/gm, '')
		.replace(/^\|(.+?)\|?[ \t]*$/gm, (_, row: string) =>
			row
				.split('|')
				.map((cell) => cell.trim())
				.join(' · '),
		)
		.replace(/~~(?=\S)([^~\n]{1,1000})~~/g, '$1')
		.replace(/^> ?/gm, '')
		.replace(/^(\s*)[*+-] +/gm, '$1• ')
		.replace(
			/!?\[([^\]\n]{1,500})\]\((https?:[^\s)]{1,2000})\)/g,
			(_, label: string, url: string) => (label === url ? url : `${label} (${url})`),
		)
		.replace(/(\*\*|__)(?=\S)([^\n]{1,2000}?\S)\1/g, '$2')
		.replace(/(?<![\w*])\*(?=[^\s*])([^*\n]{1,1000})\*(?![\w*])/g, '$1')
		.replace(/`([^`\n]{1,1000})`/g, '$1')
		.trim();
}

/** Messenger's limit for the text of a message. */
export const MAX_PART_LENGTH = 2000;

/** Splits a text into parts that Messenger accepts: after a paragraph or sentence if possible, else at a space. */
export function splitIntoParts(text: string, maxLength = MAX_PART_LENGTH): string[] {
	const parts: string[] = [];
	let rest = text.trim();
	while (rest.length > maxLength) {
		const at = findSplitIndex(rest.slice(0, maxLength + 1), maxLength);
		parts.push(rest.slice(0, at).trimEnd());
		rest = rest.slice(at).trimStart();
	}
	return rest === '' ? parts : [...parts, rest];
}

function findSplitIndex(head: string, maxLength: number): number {
	const minLength = maxLength / 2;
	for (const end of [/\n\n/g, /[.!?…。！？]["')\]]?\s/g, /\s/g]) {
		const last = [...head.matchAll(end)].at(-1);
		const at = last && last.index + last[0].trimEnd().length;
		if (at !== undefined && at > minLength) return at;
	}
	// Don't split a surrogate pair.
	const code = head.charCodeAt(maxLength - 1);
	return code >= 0xd800 && code < 0xdc00 ? maxLength - 1 : maxLength;
}
