import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	hkdfSync,
	randomBytes,
	timingSafeEqual,
} from 'node:crypto';

/** The content of a visitor token. */
interface VisitorClaim {
	/** The chat session's token version when it was issued. Incrementing the version revokes all earlier tokens. */
	version: number;
	/** Null for tokens of the older format without a time. */
	issued_at: Date | null;
}

/** The content of a resume link's token. */
interface ResumeClaim {
	session_id: string;
	version: number;
}

/**
 * Seals settings and signs tokens with keys derived from `SECRET_KEY`. Values that were created with a key in
 * `SECRET_KEY_PREVIOUS` can still be opened and verified.
 */
export interface Secrets {
	/** Encrypts a setting for the database (AES-256-GCM). */
	seal(plain: string): string;
	/** Decrypts a sealed value. Throws if it was sealed with a key that is neither the current nor a previous one. */
	open(sealed: string): string;
	/** Returns whether a value was sealed with the current key, in the format that names its key. */
	isCurrent(sealed: string): boolean;
	/** Creates the token that proves that a browser owns a chat session. */
	createVisitorToken(sessionId: string, claim?: { version?: number; issued_at?: Date }): string;
	/** Returns the content of a valid token of this chat session; undefined for any other token. */
	readVisitorToken(sessionId: string, token: string): VisitorClaim | undefined;
	/** Creates a token that can resume a chat session on another device until the given time. */
	createResumeToken(sessionId: string, version: number, until: Date): string;
	/** Returns the content of a resume token; undefined if it is forged or expired. */
	readResumeToken(token: string, now: Date): ResumeClaim | undefined;
	/** Identifies this installation where several share a service, such as Redis. Not a secret. */
	installationId: string;
}

/** Sealed values are `k1.<key id>.<base64>`. Older ones are plain base64, which contains no dot. */
const SEALED_PREFIX = 'k1';
const TOKEN_PREFIX = 'v1';

const derive = (key: string, purpose: string) =>
	Buffer.from(hkdfSync('sha256', key, '', `frontdesk ${purpose}`, 32));

/** Derives a key for each purpose from one `SECRET_KEY`. */
const deriveKeys = (secretKey: string) => ({
	id: derive(secretKey, 'key id').toString('hex').slice(0, 8),
	seal: derive(secretKey, 'seal'),
	token: derive(secretKey, 'visitor token'),
	resume: derive(secretKey, 'resume link'),
});

export function createSecrets(secretKey: string, previous: string[] = []): Secrets {
	const current = deriveKeys(secretKey);
	const keyRing = [current, ...previous.map(deriveKeys)];
	const isSigned = (purpose: 'token' | 'resume', claim: string, signature: string) =>
		keyRing.some((keys) => isEqualSecret(sign(keys[purpose], claim), signature));
	return {
		seal: (plain) => `${SEALED_PREFIX}.${current.id}.${encrypt(current.seal, plain)}`,
		open(sealed) {
			const [prefix, id, data] = sealed.split('.');
			if (prefix !== SEALED_PREFIX || data === undefined) return openWithAny(keyRing, sealed);
			const keys = keyRing.find((candidate) => candidate.id === id);
			if (!keys) throw new Error(`sealed with the key ${id}, which is not among the current keys`);
			return decrypt(keys.seal, data);
		},
		isCurrent: (sealed) => sealed.startsWith(`${SEALED_PREFIX}.${current.id}.`),
		createVisitorToken(sessionId, { version = 0, issued_at = new Date() } = {}) {
			const seconds = Math.floor(issued_at.getTime() / 1000);
			const claim = `${TOKEN_PREFIX}.${version}.${seconds}`;
			return `${claim}.${sign(current.token, `${sessionId} ${claim}`)}`;
		},
		readVisitorToken(sessionId, token) {
			const [, claim, version, seconds, signature] =
				/^(v1\.(\d{1,9})\.(\d{1,12}))\.([\w-]{43})$/.exec(token) ?? [];
			if (claim === undefined || signature === undefined) {
				return isSigned('token', sessionId, token) ? { version: 0, issued_at: null } : undefined;
			}
			if (!isSigned('token', `${sessionId} ${claim}`, signature)) return undefined;
			return { version: Number(version), issued_at: new Date(Number(seconds) * 1000) };
		},
		createResumeToken(sessionId, version, until) {
			const claim = `${sessionId}.${Math.floor(until.getTime() / 1000)}.${version}`;
			return `${claim}.${sign(current.resume, claim)}`;
		},
		readResumeToken(token, now) {
			const [, claim, session_id, seconds, version = '0', signature] =
				/^((session_[\w-]{1,120})\.(\d{1,12})(?:\.(\d{1,9}))?)\.([\w-]{43})$/.exec(token) ?? [];
			if (claim === undefined || session_id === undefined || signature === undefined)
				return undefined;
			if (now.getTime() >= Number(seconds) * 1000) return undefined;
			if (!isSigned('resume', claim, signature)) return undefined;
			return { session_id, version: Number(version) };
		},
		// Derived from the oldest key, so that processes agree on it during a rotation.
		installationId: derive(previous.at(-1) ?? secretKey, 'installation')
			.toString('hex')
			.slice(0, 16),
	};
}

function encrypt(key: Buffer, plain: string): string {
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', key, nonce);
	const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64');
}

function decrypt(key: Buffer, sealed: string): string {
	const bytes = Buffer.from(sealed, 'base64');
	const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
	decipher.setAuthTag(bytes.subarray(12, 28));
	return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}

/** Opens a value that doesn't name its key by trying all keys. Throws the last key's error if none works. */
function openWithAny(keyRing: { seal: Buffer }[], sealed: string): string {
	let lastError: unknown;
	for (const { seal } of keyRing) {
		try {
			return decrypt(seal, sealed);
		} catch (error) {
			lastError = error;
		}
	}
	throw lastError;
}

const sign = (key: Buffer, claim: string) =>
	createHmac('sha256', key).update(claim).digest('base64url');

/** Compares two secrets in constant time. Compares their digests, because their lengths may differ. */
export function isEqualSecret(a: string, b: string): boolean {
	return timingSafeEqual(
		createHash('sha256').update(a).digest(),
		createHash('sha256').update(b).digest(),
	);
}

/** Returns the SHA-256 digest in hex. For storage, use it only for tokens and API keys with full entropy. */
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
