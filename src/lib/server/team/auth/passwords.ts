import { randomUUID } from 'node:crypto';
import { Argon2id } from 'oslo/password';
import { AppError } from '#lib/server/core/errors.ts';

// OWASP's recommended parameters for Argon2id: 19 MiB, two iterations, one lane.
const argon2id = new Argon2id({ memorySize: 19_456, iterations: 2, parallelism: 1 });

/** Makes a password typed on different keyboards the same text (NIST SP 800-63B, 5.1.1.2). */
const normalize = (password: string) => password.normalize('NFKC');

export const hashPassword = (password: string) => argon2id.hash(normalize(password));

let dummyHash: Promise<string> | undefined;

/** Returns whether a password matches a hash. Without a hash, returns false in the same amount of time. */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
	dummyHash ??= hashPassword(randomUUID());
	const dummy = await dummyHash;
	return (await argon2id.verify(hash ?? dummy, normalize(password))) && hash !== undefined;
}

const COMMON_PASSWORDS = new Set(
	`password passw0rd password1 password12 password123 12345678 123456789 1234567890 87654321 11111111 00000000
	qwertyuiop qwerty123 qwerty1234 1q2w3e4r 1qaz2wsx q1w2e3r4 abcd1234 abc12345 asdfghjkl iloveyou sunshine princess
	football baseball superman trustno1 letmein1 welcome1 welcome123 admin123 admin1234 adminadmin administrator
	changeme changeme123 frontdesk`.split(/\s+/),
);

/** Returns why a password is too easy to guess, or null. */
export function findWeakness(password: string, email: string): string | null {
	const lower = password.toLowerCase();
	const address = email.toLowerCase();
	if (lower === address || lower === address.split('@')[0]) {
		return "Don't use your email address as your password.";
	}
	if (COMMON_PASSWORDS.has(lower)) {
		return 'This is a commonly used password. Choose another.';
	}
	if (new Set(lower).size < 3) return 'Use at least three different characters.';
	return null;
}

/** Throws Invalid with an error at `path` if a password is too easy to guess. */
export function requireStrongPassword(password: string, email: string, path = 'password'): void {
	const message = findWeakness(password, email);
	if (message) throw new AppError('invalid', message, { errors: [{ path, message }] });
}
