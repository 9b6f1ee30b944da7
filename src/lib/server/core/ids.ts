import { randomBytes } from 'node:crypto';

/** Creates a public chat session id with 144 random bits, so that ids cannot be guessed or enumerated. */
export const newSessionId = () => `session_${randomBytes(18).toString('base64url')}`;

/** Matches the ids of `newSessionId`. */
export const GENERATED_SESSION_ID = /^session_[\w-]{24}$/;
