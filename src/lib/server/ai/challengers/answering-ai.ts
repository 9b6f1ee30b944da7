/**
 * Selects which AI answers a chat, given its row `c` and its site's row `site`: the connector's `settings`, and the
 * `challenger_id` unless it is the champion.
 *
 * A chat never changes its AI silently. It keeps the challenger that it was assigned to, also after its trial has ended, and
 * otherwise the champion of its start: promoting another one leaves a row in `retired_connectors`. Only the guard moves a chat,
 * to the champion of that time, which `is_newly_returned` reports. The test chat of a suite run has the settings that the run tests.
 */
export const ANSWERING_AI = `
	select coalesce(
			case when c.channel = 'test' then (
				select run.connector from suite_run_cases tested join suite_runs run on run.id = tested.run_id
				where tested.chat_session_id = c.id
			) end,
			case when challenger.is_own then challenger.connector else coalesce(retired.connector, site.connector) end
		) as settings,
		case when challenger.is_own then challenger.id end as challenger_id,
		coalesce(c.arm = 'challenger' and challenger.is_ended_by_guard, false) as is_newly_returned
	from (select 1) as one left join lateral (
		select id, connector, ended_at, coalesce(ended_because in ('stopped', 'replaced'), true) as is_own,
			ended_because in ('failures', 'suite') as is_ended_by_guard
		from challengers where id = c.challenger_id and c.arm <> 'champion'
	) challenger on true left join lateral (
		select connector from retired_connectors
		where site_id = c.site_id and retired_at > coalesce(challenger.ended_at, c.created_at) and challenger.is_own is not true
		order by retired_at limit 1
	) retired on true`;
