import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	hkdfSync,
	randomBytes,
	timingSafeEqual,
} from 'node:crypto';

/** Everything that is derived from SECRET_KEY: sealed settings and signed visitor tokens. */
export interface Secrets {
	/** Encrypts a setting for the database (AES-256-GCM). */
	seal(plain: string): string;
	/** Throws when the value was sealed with another SECRET_KEY. */
	open(sealed: string): string;
	/** The token that proves that a browser owns a chat session. */
	visitorToken(sessionId: string): string;
	isVisitorToken(sessionId: string, token: string): boolean;
	/** A token that continues a chat session on another device until then. */
	resumeToken(sessionId: string, until: Date): string;
	/** The chat session that a resume token continues; undefined for one that is forged or has expired. */
	readResumeToken(token: string, now: Date): string | undefined;
	/** Tells this installation from others where they share something; no secret. */
	installation: string;
}

const derive = (key: string, purpose: string) =>
	Buffer.from(hkdfSync('sha256', key, '', `frontdesk ${purpose}`, 32));

export function createSecrets(secretKey: string): Secrets {
	const sealingKey = derive(secretKey, 'seal');
	const tokenKey = derive(secretKey, 'visitor token');
	const resumeKey = derive(secretKey, 'resume link');
	const resumeToken = (sessionId: string, until: Date) => {
		const claim = `${sessionId}.${Math.floor(until.getTime() / 1000)}`;
		return `${claim}.${createHmac('sha256', resumeKey).update(claim).digest('base64url')}`;
	};
	const visitorToken = (sessionId: string) =>
		createHmac('sha256', tokenKey).update(sessionId).digest('base64url');
	return {
		seal(plain) {
			const nonce = randomBytes(12);
			const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce);
			const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
			return Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64');
		},
		open(sealed) {
			const bytes = Buffer.from(sealed, 'base64');
			const decipher = createDecipheriv('aes-256-gcm', sealingKey, bytes.subarray(0, 12));
			decipher.setAuthTag(bytes.subarray(12, 28));
			return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString(
				'utf8',
			);
		},
		visitorToken,
		isVisitorToken: (sessionId, token) => isSame(visitorToken(sessionId), token),
		resumeToken,
		readResumeToken(token, now) {
			const [, sessionId, seconds] =
				/^(session_[\w-]{1,120})\.(\d{1,12})\.[\w-]{43}$/.exec(token) ?? [];
			if (sessionId === undefined) return undefined;
			const until = new Date(Number(seconds) * 1000);
			const isGenuine = isSame(resumeToken(sessionId, until), token);
			return isGenuine && now < until ? sessionId : undefined;
		},
		installation: derive(secretKey, 'installation').toString('hex').slice(0, 16),
	};
}

/** Compares two secrets without telling by its time how much was right; digests, because the lengths may differ. */
export function isSame(a: string, b: string): boolean {
	return timingSafeEqual(
		createHash('sha256').update(a).digest(),
		createHash('sha256').update(b).digest(),
	);
}

/** SHA-256, hex: how tokens and API keys of full entropy are stored. */
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
