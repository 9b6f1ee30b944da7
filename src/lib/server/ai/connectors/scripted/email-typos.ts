import { isOneOff } from './plain.ts';

const COMMON = [
	'gmail.com',
	'googlemail.com',
	'hotmail.com',
	'outlook.com',
	'yahoo.com',
	'icloud.com',
	'protonmail.com',
];
/** Real providers whose names are one letter away from a common one. */
const REAL = new Set([
	'mail.com',
	'ymail.com',
	'email.com',
	'outlook.co',
	'hotmail.co',
	'yahoo.co',
]);

/** The address that was probably meant, when its domain is one slip away from a common provider's. */
export function suggestEmail(email: string): string | undefined {
	const at = email.lastIndexOf('@');
	const domain = email.slice(at + 1).toLowerCase();
	if (COMMON.includes(domain) || REAL.has(domain)) return undefined;
	const meant = COMMON.find((common) => isOneOff(domain, common));
	return meant && `${email.slice(0, at)}@${meant}`;
}
