/** Forms of keys and passwords in messages and stacks, each with its masked form. */
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

/** Masks the keys, tokens and passwords in a text, as far as they can be recognized. */
export const maskSecrets = (text: string): string =>
	SECRETS.reduce((masked, [secret, replacement]) => masked.replace(secret, replacement), text);
