/** What a message or stack may carry of keys and passwords, each with what stays of it. */
const SECRETS: [RegExp, string][] = [
	[/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 ••••••'],
	[/\b(?:sk|pk|rk|re|fd|xox[a-z]|ghp|whsec)[-_][\w-]{12,}/g, '••••••'],
	[/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '••••••'],
	[/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:"']+:[^\s/@"']+@/gi, '$1••••••@'],
	[
		/(\b(?:[\w-]{0,40}(?:api[-_]?key|token|secret|password|passwd)|authorization)["']?\s*[:=]\s*["']?)(?!bearer|basic|•)[^\s"'&,;}]{4,}/gi,
		'$1••••••',
	],
];

/** The text without keys, tokens and passwords, as far as they can be told from other words. */
export const withoutSecrets = (text: string): string =>
	SECRETS.reduce((kept, [secret, sign]) => kept.replace(secret, sign), text);
