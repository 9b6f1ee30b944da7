/** What campaigns and advertising networks put into the address that a visit begins with. */
export const TRACKED = [
	'utm_source',
	'utm_medium',
	'utm_campaign',
	'utm_term',
	'utm_content',
	'gclid',
	'fbclid',
	'msclkid',
	'ttclid',
] as const;
