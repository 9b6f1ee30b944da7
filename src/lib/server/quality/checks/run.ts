import { setImmediate } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { checkRule, type CheckRule } from '#lib/contract/check.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { queueJudgeCall } from './judge-calls.ts';
import { createLanguageRule, loadLanguageDetector } from './language.ts';
import { loadRuleFilter } from './precision.ts';
import { readChats, type DueChat } from './read-chats.ts';
import { applyRule } from './rules.ts';
import type { Rule } from './chat.ts';
import { finishChecks, storeFindings, type RuleFinding } from './store-findings.ts';

/** The number of chats claimed per iteration. */
const BATCH_SIZE = 20;
/** The lease of a batch: longer than any batch takes, so an expired lease means that its process crashed. */
const LEASE_MS = 60_000;

const idRows = z.array(z.object({ id: z.coerce.number() }));

/**
 * Checks every finished chat with activity since its latest check, most recent first, and returns how many. Safe to run in
 * several processes: each claims chats with leases. Idempotent. Doesn't check permissions.
 */
export async function checkFinishedChats(ctx: Ctx, signal?: AbortSignal): Promise<number> {
	let count = 0;
	while (!signal?.aborted) {
		const ids = await claimChats(ctx);
		if (ids.length > 0) await checkBatch(ctx, await readChats(ctx, ids));
		count += ids.length;
		if (ids.length < BATCH_SIZE) break;
	}
	return count;
}

/**
 * Claims due chats by inserting leases, so that the chats' rows aren't updated. Uses the index chat_sessions_check_due, which
 * excludes test chats.
 */
async function claimChats(ctx: Ctx): Promise<number[]> {
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
	const isRuleEnabled = await loadRuleFilter(ctx);
	const languageRule = createLanguageRule(await loadLanguageDetector());
	const unflaggedChats: DueChat[] = [];
	for (const chat of chats) {
		const rules = checkRule.options.filter((rule) => isRuleEnabled(rule, chat.site));
		const findings = await applyRules(ctx, chat, rules, languageRule);
		const { id, session_id, has_flags, site } = chat;
		if (findings.length === 0 && !has_flags && !site.judge) {
			unflaggedChats.push(chat);
			continue;
		}
		await finishChecks(ctx, [chat], async (tx, finishedIds) => {
			if (!finishedIds.has(id)) return;
			await storeFindings(tx, { id, session_id }, { source: 'rule', rules, findings });
			if (site.judge) await queueJudgeCall(tx, chat);
		});
	}
	if (unflaggedChats.length > 0) await finishChecks(ctx, unflaggedChats, () => Promise.resolve());
}

/**
 * Applies the rules one by one, yielding to the event loop in between. Never throws: a rule that
 * fails is logged and skipped, because its chat would otherwise be checked forever.
 */
async function applyRules(
	ctx: Ctx,
	{ checked, session_id }: DueChat,
	rules: CheckRule[],
	languageRule: Rule,
): Promise<RuleFinding[]> {
	const findings: RuleFinding[] = [];
	for (const rule of rules) {
		await setImmediate();
		try {
			const ruleFindings = applyRule(rule, checked, languageRule);
			findings.push(...ruleFindings.map((finding) => ({ ...finding, rule })));
		} catch (error) {
			ctx.app.log.error({ err: error, session_id, rule }, 'failed to apply a rule to a chat');
		}
	}
	return findings;
}
