import { splitLines } from '#lib/client/settings/site-form.svelte.ts';
import type { SiteSettings, SiteUpdate } from '#lib/contract/site-settings.ts';

/** A site's setting for a check; `auto` follows the check's precision. */
export type CheckChoice = 'auto' | 'on' | 'off';

export interface CheckValues {
	/** By rule; rules without an entry are `auto`. */
	switches: Record<string, CheckChoice>;
	/** One per line. */
	hosts: string;
	/** An empty header value keeps the stored one. */
	judge: { url: string; header_name: string; header_value: string };
}

export const readChecks = ({ check_switches, link_hosts, judge }: SiteSettings): CheckValues => ({
	switches: Object.fromEntries(
		Object.entries(check_switches).map(([rule, isOn]) => [rule, isOn ? 'on' : 'off']),
	),
	hosts: link_hosts.join('\n'),
	judge: {
		url: judge?.url ?? '',
		header_name: judge?.auth_header?.name ?? '',
		header_value: '',
	},
});

export function writeChecks({
	switches,
	hosts,
	judge,
}: CheckValues): Pick<SiteUpdate, 'check_switches' | 'link_hosts' | 'judge'> {
	const [url, name] = [judge.url.trim(), judge.header_name.trim()];
	const auth_header = name === '' ? null : { name, value: judge.header_value || undefined };
	return {
		check_switches: Object.fromEntries(
			Object.entries(switches)
				.filter(([, choice]) => choice !== 'auto')
				.map(([rule, choice]) => [rule, choice === 'on']),
		),
		link_hosts: splitLines(hosts),
		judge: url === '' ? null : { url, auth_header },
	};
}
