import { setImmediate } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { checkRule, type CheckRule } from '#lib/contract/check.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { queueJudgeCall } from './judge-calls.ts';
import { createLanguageRule, loadLanguageDetector } from './language.ts';
import { loadSwitches } from './precision.ts';
import { readChats, type DueChat } from './read-chats.ts';
import { applyRule } from './rules.ts';
import type { Rule } from './chat.ts';
import { finishChecks, storeFindings, type NamedFinding } from './store-findings.ts';

/** Chats that one run of the loop claims. */
const BATCH_SIZE = 20;
/** Longer than a batch can take: an older lease belongs to a process that died. */
const LEASE_MS = 60_000;

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Checks every finished chat that has activity which no check has seen, the latest first, and returns how many. Several
 * processes may run it at once: each claims chats by a lease. A repeated check changes nothing. Checks no permission.
 */
export async function checkFinishedChats(ctx: Ctx, signal?: AbortSignal): Promise<number> {
	let count = 0;
	while (!signal?.aborted) {
		const ids = await claim(ctx);
		if (ids.length > 0) await checkBatch(ctx, await readChats(ctx, ids));
		count += ids.length;
		if (ids.length < BATCH_SIZE) break;
	}
	return count;
}

/** Claims chats in the index chat_sessions_check_due, which excludes test chats, without touching their rows. */
async function claim(ctx: Ctx): Promise<number[]> {
	const now = ctx.app.clock();
	const until = new Date(now.getTime() + LEASE_MS);
	const { rows } = await ctx.db.execute(sql`
		with due as (
			select s.id from chat_sessions s
			where s.channel <> 'test' and s.completion_status <> 'in_progress'
				and (s.checked_through_at is null or s.checked_through_at < s.last_activity_at)
				and not exists (select from check_leases l where l.chat_session_id = s.id and l.leased_until > ${toTimestamp(now)})
			order by s.last_activity_at desc, s.id desc limit ${BATCH_SIZE}
		)
		insert into check_leases as l (chat_session_id, leased_until) select id, ${toTimestamp(until)} from due order by id
		on conflict (chat_session_id) do update set leased_until = excluded.leased_until
			where l.leased_until <= ${toTimestamp(now)}
		returning chat_session_id as id`);
	return idRows.parse(rows).map(({ id }) => id);
}

async function checkBatch(ctx: Ctx, chats: DueChat[]): Promise<void> {
	const isOn = await loadSwitches(ctx);
	const wrongLanguage = createLanguageRule(await loadLanguageDetector());
	const quiet: DueChat[] = [];
	for (const chat of chats) {
		const rules = checkRule.options.filter((rule) => isOn(rule, chat.site));
		const found = await findIn(ctx, chat, rules, wrongLanguage);
		const { id, session_id, has_flags, site } = chat;
		if (found.length === 0 && !has_flags && !site.judge) {
			quiet.push(chat);
			continue;
		}
		await finishChecks(ctx, [chat], async (tx, open) => {
			if (!open.has(id)) return;
			await storeFindings(tx, { id, session_id }, { source: 'rule', rules, found });
			if (site.judge) await queueJudgeCall(tx, chat);
		});
	}
	if (quiet.length > 0) await finishChecks(ctx, quiet, () => Promise.resolve());
}

/**
 * Applies the rules one by one, so that other work of the process goes first. Never throws: a rule that fails on a chat
 * must not have it checked forever.
 */
async function findIn(
	ctx: Ctx,
	{ checked, session_id }: DueChat,
	rules: CheckRule[],
	wrongLanguage: Rule,
): Promise<NamedFinding[]> {
	const found: NamedFinding[] = [];
	for (const rule of rules) {
		await setImmediate();
		try {
			const findings = applyRule(rule, checked, wrongLanguage);
			found.push(...findings.map((finding) => ({ ...finding, rule })));
		} catch (error) {
			ctx.app.log.error({ err: error, session_id, rule }, 'a chat could not be checked');
		}
	}
	return found;
}
