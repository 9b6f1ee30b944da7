import { randomBytes } from 'node:crypto';

/** A public id of a chat session: 144 random bits, so that none can be guessed or walked. */
export const newSessionId = () => `session_${randomBytes(18).toString('base64url')}`;
