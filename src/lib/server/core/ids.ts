import { randomBytes } from 'node:crypto';

/** Creates a public chat session id with 144 random bits, so that ids cannot be guessed or enumerated. */
export const newSessionId = () => `session_${randomBytes(18).toString('base64url')}`;
